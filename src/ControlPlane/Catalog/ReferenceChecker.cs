using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Whether resources fit together: names unique, references to something declared.</summary>
internal static class ReferenceChecker
{
    public static void Check(IReadOnlyList<ResourceDocument> resources, List<ResourceProblem> problems)
    {
        CheckDuplicates(resources, problems);
        var services = resources.Select(r => r.Config).OfType<ServiceConfig>().DistinctBy(s => s.Name).ToDictionary(s => s.Name);
        foreach (var resource in resources)
        {
            var scope = new ProblemScope(problems, resource.Source, resource.Document) { Kind = resource.Kind, Name = resource.Name };
            switch (resource.Config)
            {
                case HttpRouteConfig route:
                    CheckRoute(route, services, scope);
                    break;
                case TcpRouteConfig route:
                    CheckBackends(route.Backends, "spec.rules[0]", services, scope);
                    route.Backends.ToList().ForEach(b => CheckTakesBytes(b, services, scope));
                    break;
                case RolloutConfig rollout:
                    CheckRollout(rollout, resource.Line, services, scope);
                    break;
                case PeerAuthenticationConfig peers:
                    CheckTargets(peers.Services, resource.Line, services, scope);
                    break;
                case AuthorizationPolicyConfig policy:
                    CheckTargets(policy.Services, resource.Line, services, scope);
                    break;
                case RequestAuthenticationConfig requests:
                    CheckTargets(requests.Services, resource.Line, services, scope);
                    break;
                case RateLimitConfig limit:
                    CheckTargets(limit.Services, resource.Line, services, scope);
                    CheckServices([.. limit.Overrides.SelectMany(o => o.Clients)], "spec.overrides.clientRefs", resource.Line, services, scope);
                    break;
                case FaultConfig fault:
                    CheckTargets(fault.Services, resource.Line, services, scope);
                    CheckServices(fault.Callers, "spec.from", resource.Line, services, scope);
                    break;
                case TrafficPolicyConfig traffic:
                    CheckService(traffic.Service, 0, "spec.targetRef.name", resource.Line, services, scope);
                    break;
            }
        }

        CheckOnePerService<RolloutConfig>(resources, r => r.Service, "spec.service", "rollout", problems);
        CheckOnePerService<TrafficPolicyConfig>(resources, p => p.Service, "spec.targetRef.name", "traffic policy", problems);
        CheckOnePeerAuthenticationPerService(resources, problems);
        CheckOneRouteKindPerPort(resources, services, problems);
        GatewayReferences.Check(resources, problems);
        ExternalReferences.Check(resources, problems);
    }

    private static void CheckDuplicates(IReadOnlyList<ResourceDocument> resources, List<ResourceProblem> problems)
    {
        foreach (var group in resources.GroupBy(r => (r.Kind, r.Name)).Where(g => g.Count() > 1))
        {
            var first = group.First();
            foreach (var again in group.Skip(1))
            {
                new ProblemScope(problems, again.Source, again.Document) { Kind = again.Kind, Name = again.Name }
                    .Add("metadata.name", again.Line, $"is declared already in {first.Source} (document {first.Document}); keep one of them.");
            }
        }
    }

    private static void CheckRoute(HttpRouteConfig route, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        foreach (var parent in route.Parents.Where(p => !p.IsGateway))
        {
            CheckParent(parent, services, scope);
        }

        foreach (var (rule, index) in route.Rules.Select((r, i) => (r, i)))
        {
            rule.Filters.Mirrors.ToList().ForEach(m => CheckBackend(m.Backend, services, scope));
            CheckBackends(rule.Backends, $"spec.rules[{index}]", services, scope);
        }
    }

    private static void CheckBackends(IReadOnlyList<BackendRef> backends, string rule, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        foreach (var backend in backends)
        {
            CheckBackend(backend, services, scope);
        }

        if (backends.Count > 0 && backends.All(b => b.Weight == 0))
        {
            scope.Add($"{rule}.backendRefs", backends[0].Line, "all have weight 0, so that nothing could be served.");
        }
    }

    private static void CheckBackend(BackendRef backend, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        CheckService(backend.Service, backend.Port, backend.Field + ".name", backend.Line, services, scope);
        if (backend.Version.Length > 0)
        {
            CheckVersion(backend.Service, backend.Version, backend.Field + ".version", backend.Line, services, scope);
        }
    }

    // Bytes would go round everything that holds for requests; a sidecar of such an app would refuse them, later and with less to say.
    private static void CheckTakesBytes(BackendRef backend, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        if (services.GetValueOrDefault(backend.Service) is { Ports.Count: > 0 } service
            && (service.Ports.FirstOrDefault(p => p.Port == backend.Port) ?? service.Ports[0]) is { Protocol: not ClusterProtocol.Tcp } port)
        {
            scope.Add(backend.Field + ".port", backend.Line, $"port {port.Port} of Service \"{service.Name}\" takes requests ({port.Protocol}), and {scope.Kind} brings bytes. Declare its protocol as TCP, or TLS, if that is what the app speaks.");
        }
    }

    private static void CheckRollout(RolloutConfig rollout, int line, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        if (CheckService(rollout.Service, 0, "spec.service", line, services, scope))
        {
            CheckVersion(rollout.Service, rollout.Stable, "spec.stable", line, services, scope);
            CheckVersion(rollout.Service, rollout.Canary, "spec.canary", line, services, scope);
        }
    }

    private static void CheckOnePerService<T>(
        IReadOnlyList<ResourceDocument> resources, Func<T, string> service, string field, string what, List<ResourceProblem> problems)
    {
        foreach (var group in resources.Where(r => r.Config is T).GroupBy(r => service((T)r.Config)))
        {
            var first = group.First();
            foreach (var again in group.Skip(1).Where(r => r.Name != first.Name))
            {
                new ProblemScope(problems, again.Source, again.Document) { Kind = again.Kind, Name = again.Name }
                    .Add(field, again.Line, $"\"{group.Key}\" has the {what} \"{first.Name}\" already; delete that one first.");
            }
        }
    }

    private static void CheckTargets(IReadOnlyList<string> targets, int line, Dictionary<string, ServiceConfig> services, ProblemScope scope) =>
        CheckServices(targets, "spec.targetRefs", line, services, scope);

    private static void CheckServices(IReadOnlyList<string> names, string field, int line, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        foreach (string name in names)
        {
            CheckService(name, 0, field, line, services, scope);
        }
    }

    // Two answers to "does this service take plain text" would leave it to their order.
    private static void CheckOnePeerAuthenticationPerService(IReadOnlyList<ResourceDocument> resources, List<ResourceProblem> problems)
    {
        var seen = new Dictionary<string, string>();
        foreach (var resource in resources)
        {
            if (resource.Config is not PeerAuthenticationConfig peers)
            {
                continue;
            }

            foreach (string service in peers.Services.Count > 0 ? peers.Services : [""])
            {
                if (!seen.TryAdd(service, resource.Name) && seen[service] != resource.Name)
                {
                    new ProblemScope(problems, resource.Source, resource.Document) { Kind = resource.Kind, Name = resource.Name }.Add(
                        "spec.targetRefs", resource.Line, $"{(service.Length > 0 ? $"\"{service}\"" : "the whole mesh")} has the PeerAuthentication \"{seen[service]}\" already; keep one of them.");
                }
            }
        }
    }

    private static void CheckParent(ParentRef parent, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        if (!CheckService(parent.Name, parent.Port, parent.Field, parent.Line, services, scope) || parent.SectionName.Length == 0)
        {
            return;
        }

        string field = parent.Field[..^"name".Length] + "sectionName";
        var ports = services[parent.Name].Ports;
        var port = ports.FirstOrDefault(p => p.Name == parent.SectionName);
        if (port is null)
        {
            scope.Add(field, parent.Line, $"Service \"{parent.Name}\" has no port named \"{parent.SectionName}\".", [.. ports.Where(p => p.Name.Length > 0).Select(p => p.Name)]);
        }
        else if (parent.Port > 0 && parent.Port != port.Port)
        {
            scope.Add(field, parent.Line, $"\"{parent.SectionName}\" is port {port.Port}, but port says {parent.Port}.");
        }
    }

    // The Gateway API lets the more specific kind win and ignores the other (GEP-1294); here the author is told before anything is ignored.
    private static void CheckOneRouteKindPerPort(IReadOnlyList<ResourceDocument> resources, Dictionary<string, ServiceConfig> services, List<ResourceProblem> problems)
    {
        var attached = resources.Where(r => r.Config is HttpRouteConfig)
            .SelectMany(r => ParentPorts.Of((HttpRouteConfig)r.Config, services.Values), (r, at) => (Resource: r, at.Service, at.Port)).ToList();
        foreach (var http in attached.Where(a => a.Resource.Config is HttpRouteConfig { IsGrpc: false }))
        {
            var grpc = attached.FirstOrDefault(a => a.Resource.Config is HttpRouteConfig { IsGrpc: true } && a.Service == http.Service && (a.Port == http.Port || a.Port == 0 || http.Port == 0));
            if (grpc.Resource is not null)
            {
                new ProblemScope(problems, http.Resource.Source, http.Resource.Document) { Kind = http.Resource.Kind, Name = http.Resource.Name }
                    .Add("spec.parentRefs", http.Resource.Line, $"Service \"{http.Service}\" has the GRPCRoute \"{grpc.Resource.Name}\" on the same port; a port takes routes of one kind. Give each a port of its own, or write both as one kind.");
            }
        }
    }

    private static bool CheckService(string name, int port, string field, int line, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        if (!services.TryGetValue(name, out var service))
        {
            scope.Add(field, line, $"there is no Service \"{name}\".", [.. services.Keys.Order()]);
            return false;
        }

        if (port > 0 && !service.Ports.Any(p => p.Port == port))
        {
            string portField = field.EndsWith(".name", StringComparison.Ordinal) ? field[..^".name".Length] + ".port" : field;
            scope.Add(portField, line, $"Service \"{name}\" has no port {port}.", [.. service.Ports.Select(p => $"{p.Port}")]);
        }

        return true;
    }

    private static void CheckVersion(string name, string version, string field, int line, Dictionary<string, ServiceConfig> services, ProblemScope scope)
    {
        if (services.TryGetValue(name, out var service) && !service.Versions.Contains(version))
        {
            scope.Add(field, line, $"Service \"{name}\" has no version \"{version}\".", service.Versions);
        }
    }
}

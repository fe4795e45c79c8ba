using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Registry;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>Resources, instances and shares to what sidecars need. Pure; the same input gives the same snapshot, bit for bit.</summary>
internal sealed class SnapshotCompiler
{
    internal static readonly RuleMatch AnyRequest = new(new(PathMatchKind.Prefix, "/", "", []));

    private readonly CatalogState _catalog;
    private readonly TrafficShares _shares;
    private readonly MeshSecurity _trust;
    private readonly ILookup<string, InstanceState> _instances;
    private readonly SortedDictionary<string, ClusterConfig> _clusters = new(StringComparer.Ordinal);

    private SnapshotCompiler(CatalogState catalog, IReadOnlyList<InstanceState> instances, TrafficShares shares, MeshSecurity trust)
    {
        _catalog = catalog;
        _shares = shares;
        _trust = trust;
        _instances = instances.Where(i => i.Address.Length > 0).ToLookup(i => i.Service);
    }

    /// <param name="trust">The mesh's certificate authority; none: everything is plain text.</param>
    public static MeshSnapshot Compile(long version, CatalogState catalog, IReadOnlyList<InstanceState> instances, TrafficShares shares, MeshSecurity? trust = null)
    {
        var compiler = new SnapshotCompiler(catalog, instances, shares, trust ?? MeshSecurity.None);
        var routes = compiler.Routes();
        var external = new ExternalCompiler(catalog, compiler._clusters, service => compiler.Cluster(service, ""));
        routes.AddRange(external.Routes());
        var gateways = new GatewayCompiler(catalog, compiler.AddRules, compiler.Clusters, name => compiler._clusters.GetValueOrDefault(name)?.Service, external.Through).Compile();
        return new MeshSnapshot(version, routes, [.. compiler._clusters.Values])
        {
            Services = [.. compiler.ServicesByPort(routes), .. external.Ports],
            RateLimits = catalog.RateLimits,
            Faults = catalog.Faults,
            Gateways = gateways,
            Overloads = [.. catalog.TrafficPolicies.Where(p => p.Overload is not null).Select(p => new ServiceOverload(p.Service, p.Overload!))],
            Security = compiler._trust with
            {
                PeerAuthentications = catalog.PeerAuthentications,
                Policies = catalog.AuthorizationPolicies,
                JwtRules = [.. catalog.RequestAuthentications.SelectMany(r => r.Rules)],
            },
        };
    }

    /// <summary>How a service's requests are split when no route says otherwise: version and percent.</summary>
    public static IReadOnlyList<(string Version, double Percent)> DefaultSplit(
        string service, CatalogState catalog, IReadOnlyList<InstanceState> instances, TrafficShares shares)
    {
        var compiler = new SnapshotCompiler(catalog, instances, shares, MeshSecurity.None);
        var clusters = compiler.Expand(service, "", 100);
        int sum = clusters.Sum(c => c.Weight);
        if (clusters is not [{ } only] || only.Cluster != service)
        {
            return [.. clusters.Select(c => (c.Cluster[(service.Length + 1)..], sum == 0 ? 0.0 : 100.0 * c.Weight / sum))];
        }

        var ready = compiler._instances[service].Where(i => i.IsEndpoint).ToList();
        return [.. ready.GroupBy(i => i.Version).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, 100.0 * g.Count() / ready.Count))];
    }

    private List<RouteConfig> Routes()
    {
        var ranked = new List<RankedRoute>();
        foreach (var (route, age) in _catalog.Routes.Select((r, i) => (r, i)))
        {
            foreach (var (service, port) in ParentPorts.Of(route, _catalog.Services))
            {
                AddRules(route, service, port, age, ranked);
            }
        }

        var routed = ranked.ToLookup(r => r.Route.Service, r => r.Route.Port);
        var known = _catalog.Services.Select(s => s.Name).Concat(_instances.Select(i => i.Key)).Distinct();
        foreach (string service in known)
        {
            ranked.AddRange(DefaultRoutes(service, [.. routed[service].Distinct()]));
        }

        ranked.Sort(RoutePrecedence.Instance);
        return [.. ranked.Select(r => r.Route)];
    }

    // A service answers as it always did wherever no route is attached (GEP-1294): at all, or to one of its ports.
    private IEnumerable<RankedRoute> DefaultRoutes(string service, int[] routedPorts)
    {
        IEnumerable<int> ports = routedPorts.Length == 0 ? [0] : routedPorts.Contains(0) ? [] : PortsOf(service).Except(routedPorts);
        foreach (int port in ports)
        {
            string name = port == 0 ? $"{service}/default" : $"{service}/default/{port}";
            var route = new RouteConfig(name, service, [], Expand(service, "", 1), TimeSpan.Zero, TimeSpan.Zero, RetryConfig.None) { Port = port, Priority = Priority(service, PriorityClass.Unset) };
            yield return new RankedRoute(route, AnyRequest, int.MaxValue, 0, 0);
        }
    }

    private IEnumerable<int> PortsOf(string service) => _catalog.Services.FirstOrDefault(s => s.Name == service)?.Ports.Select(p => p.Port) ?? [];

    // Where no route asks for a port, a sidecar need not know any.
    private IReadOnlyList<ServicePorts> ServicesByPort(IReadOnlyList<RouteConfig> routes) =>
        [.. routes.Where(r => r.Port > 0).Select(r => r.Service).Distinct().Select(s => new ServicePorts(s, [.. PortsOf(s)]))];

    // Precedence is that of a match, not of a rule, so a rule with several matches becomes several routes.
    private void AddRules(HttpRouteConfig route, string service, int port, int age, List<RankedRoute> ranked)
    {
        var priority = Priority(service, route.Priority);
        for (int ruleIndex = 0; ruleIndex < route.Rules.Count; ruleIndex++)
        {
            var rule = route.Rules[ruleIndex];
            var clusters = Clusters(rule.Backends);
            var filters = Compile(rule.Filters);
            string ruleName = rule.Name.Length > 0 ? rule.Name : $"{ruleIndex}";
            IReadOnlyList<RuleMatch> matches = rule.Matches.Count > 0 ? rule.Matches : [AnyRequest];
            for (int matchIndex = 0; matchIndex < matches.Count; matchIndex++)
            {
                string name = matches.Count > 1 ? $"{route.Name}/{ruleName}.{matchIndex}" : $"{route.Name}/{ruleName}";
                var config = new RouteConfig(name, service, [matches[matchIndex].Match], clusters, rule.Timeout, rule.TryTimeout, rule.Retry)
                {
                    Port = port,
                    IsGrpcOnly = route.IsGrpc,
                    Filters = filters,
                    Priority = priority,
                };
                ranked.Add(new RankedRoute(config, matches[matchIndex], age, ruleIndex, matchIndex));
            }
        }
    }

    private List<WeightedCluster> Clusters(IReadOnlyList<BackendRef> backends) => Merge([.. backends.SelectMany(Expand)]);

    // What a route says of all its requests is more than what the service says of all its own.
    private PriorityConfig? Priority(string service, PriorityClass ofRoute)
    {
        var declared = _catalog.TrafficPolicies.FirstOrDefault(p => p.Service == service)?.Priority;
        return ofRoute == PriorityClass.Unset ? declared : new(ofRoute, declared?.Header ?? "", declared?.Values ?? new Dictionary<string, PriorityClass>());
    }

    private RouteFilters Compile(RuleFilters filters) => new(
        filters.Request,
        filters.Response,
        filters.Redirect,
        filters.Rewrite,
        [.. filters.Mirrors.Select(m => new MirrorConfig(Merge(Expand(m.Backend.Service, m.Backend.Version, 1)), m.Numerator, m.Denominator))]);

    private IEnumerable<WeightedCluster> Expand(BackendRef backend) =>
        Expand(backend.Service, backend.Version, backend.Weight).Select(c => c with { Request = backend.Request, Response = backend.Response });

    /// <summary>One backend to clusters: a pinned version, the two arms of a rollout, the default version, or all instances.</summary>
    private List<WeightedCluster> Expand(string service, string version, int weight)
    {
        // Weights of one route are relative, so a backend that is not split counts in hundredths like those that are.
        if (version.Length > 0)
        {
            return [new WeightedCluster(Cluster(service, version), weight * 100)];
        }

        if (SplitOf(service) is { } split)
        {
            int percent = EffectivePercent(service, split);
            return
            [
                new WeightedCluster(Cluster(service, split.Stable), weight * (100 - percent)),
                new WeightedCluster(Cluster(service, split.Canary), weight * percent),
            ];
        }

        string defaultVersion = _catalog.Services.FirstOrDefault(s => s.Name == service)?.DefaultVersion ?? "";
        return [new WeightedCluster(Cluster(service, defaultVersion), weight * 100)];
    }

    // A rollout that is declared but not taken up yet has let nobody in: its canary gets nothing, not a share by number of instances.
    private VersionSplit? SplitOf(string service)
    {
        if (_shares.Splits.TryGetValue(service, out var split))
        {
            return split;
        }

        return _catalog.Rollouts.FirstOrDefault(r => r.Service == service) is { } declared ? new VersionSplit(declared.Stable, declared.Canary, 0) : null;
    }

    // An arm without a ready instance would turn its share into errors; the other arm serves it. A canary at 0 stays at 0: it was never let in, or was taken out for cause.
    private int EffectivePercent(string service, VersionSplit split)
    {
        bool hasStable = _instances[service].Any(i => i.IsEndpoint && i.Version == split.Stable);
        bool hasCanary = _instances[service].Any(i => i.IsEndpoint && i.Version == split.Canary);
        return (hasStable, hasCanary) switch
        {
            (true, false) => 0,
            (false, true) when split.CanaryPercent > 0 => 100,
            _ => split.CanaryPercent,
        };
    }

    private string Cluster(string service, string version)
    {
        string name = version.Length > 0 ? $"{service}/{version}" : service;
        if (!_clusters.ContainsKey(name))
        {
            var members = _instances[service].Where(i => version.Length == 0 || i.Version == version).ToList();
            var policy = _catalog.TrafficPolicies.FirstOrDefault(p => p.Service == service)?.Policy ?? TrafficPolicy.None;
            _clusters[name] = new ClusterConfig(name, service, version, ProtocolOf(service, members), [.. members.Select(Endpoint)]) { Policy = policy };
        }

        return name;
    }

    // One that is not ready is told too: callers fall back on it when nobody else is left, rather than refuse at once.
    private EndpointConfig Endpoint(InstanceState instance) =>
        new(instance.InstanceId, instance.Address, instance.Version, instance.Zone, _shares.KeepPercent.GetValueOrDefault(instance.InstanceId, 100))
        {
            Weight = instance.Weight,
            AppPort = instance.AppPort,
            IsReady = instance.IsReady,
            Identity = instance.AcceptsTls && SpiffeId.TryForService(_trust.TrustDomain, instance.Service, out var id, out _) ? id.Text : "",
        };

    // The instance knows what its app speaks; the declaration counts only while none is there.
    private ClusterProtocol ProtocolOf(string service, List<InstanceState> members) =>
        members.Count > 0
            ? members[0].Protocol
            : _catalog.Services.FirstOrDefault(s => s.Name == service) is { Ports: [var port, ..] } ? port.Protocol : ClusterProtocol.Http;

    private static List<WeightedCluster> Merge(IReadOnlyList<WeightedCluster> clusters) =>
        [.. clusters.GroupBy(c => c with { Weight = 0 }).Select(g => g.Key with { Weight = g.Sum(c => c.Weight) })];
}

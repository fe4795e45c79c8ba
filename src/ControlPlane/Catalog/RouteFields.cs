using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The fields that HTTPRoute and GRPCRoute share: https://gateway-api.sigs.k8s.io/reference/spec/ .</summary>
internal static class RouteFields
{
    public const int MaxRules = 16;

    private const int MaxBackends = 16;
    private const int MaxParents = 32;
    private const int MaxWeight = 1_000_000;

    private const int MaxHostnames = 16;
    private const string GatewayGroup = "gateway.networking.k8s.io";

    private static readonly Dictionary<string, bool> CoreGroup = new() { [""] = true };
    private static readonly Dictionary<string, bool> ServiceOnly = new() { ["Service"] = true };
    private static readonly Dictionary<string, bool> ParentGroups = new() { [""] = false, [GatewayGroup] = true };
    private static readonly Dictionary<string, bool> ParentKinds = new() { ["Service"] = false, ["Gateway"] = true };

    public static IReadOnlyList<ParentRef> ReadParents(FieldReader spec) => [.. spec.Maps("parentRefs", MaxParents, required: true).Select(ReadParent)];

    /// <summary>Which of its gateways' names a route serves; none for all.</summary>
    public static IReadOnlyList<string> ReadHostnames(FieldReader spec, IReadOnlyList<ParentRef> parents)
    {
        var hostnames = ReadHostnames(spec);
        if (hostnames.Count > 0 && parents.All(p => !p.IsGateway))
        {
            // GEP-1294: a route to a Service infers nothing from hostnames. Better to say so than to route by something else than was written.
            spec.Problem("hostnames", "means nothing for a route whose parent is a Service: the Service is what requests are matched by. Leave it out.");
        }

        return hostnames;
    }

    public static void CheckHostname(FieldReader reader, string field, string hostname)
    {
        if (!Hostnames.IsValid(hostname))
        {
            reader.Problem(field, $"\"{hostname}\" must be a DNS name, whose first label may be \"*\".", "shop.example.com", "*.example.com");
        }
    }

    public static IReadOnlyList<string> ReadHostnames(FieldReader spec)
    {
        var hostnames = spec.TextList("hostnames");
        foreach (string hostname in hostnames)
        {
            CheckHostname(spec, "hostnames", hostname);
        }

        if (hostnames.Count > MaxHostnames)
        {
            spec.Problem("hostnames", $"has {hostnames.Count} entries; at most {MaxHostnames} are allowed.");
        }

        return [.. hostnames.Select(h => h.ToLowerInvariant()).Distinct()];
    }

    /// <param name="required">False where a rule may answer by itself.</param>
    public static IReadOnlyList<BackendRef> ReadBackends(FieldReader rule, bool required) =>
        [.. rule.Maps("backendRefs", MaxBackends, required).Select(ReadBackend)];

    /// <summary>Of connections: without filters, which change requests.</summary>
    public static IReadOnlyList<BackendRef> ReadConnectionBackends(FieldReader rule) =>
        [.. rule.Maps("backendRefs", MaxBackends, required: true).Select(r => ReadBackend(r, null, null))];

    /// <summary>Without weight and filters, as a mirror names its target.</summary>
    public static BackendRef ReadTarget(FieldReader reader)
    {
        reader.Choice("group", CoreGroup, true);
        reader.Choice("kind", ServiceOnly, true);
        var backend = new BackendRef(reader.Text("name", required: true), reader.Integer("port", 1, 65535, 0), reader.Text("version"), 1, reader.Path, reader.Line);
        reader.Finish();
        return backend;
    }

    public static (TimeSpan Request, TimeSpan BackendRequest) ReadTimeouts(FieldReader rule)
    {
        var timeouts = rule.Map("timeouts");
        var request = timeouts?.Duration("request", TimeSpan.Zero) ?? TimeSpan.Zero;
        var backendRequest = timeouts?.Duration("backendRequest", TimeSpan.Zero) ?? TimeSpan.Zero;
        timeouts?.Finish();
        if (request > TimeSpan.Zero && backendRequest > request)
        {
            timeouts!.Problem("backendRequest", "must not be longer than request, which bounds all attempts together.");
        }

        return (request, backendRequest);
    }

    public static RetryConfig ReadRetry(FieldReader rule)
    {
        if (rule.Map("retry") is not { } reader)
        {
            return RetryConfig.None;
        }

        int attempts = reader.Integer("attempts", 0, 10, 1);
        var codes = reader.IntegerList("codes", 400, 599);
        var backoff = reader.Duration("backoff", TimeSpan.FromMilliseconds(25));
        var budget = reader.Map("budget");
        int percent = budget?.Integer("percent", 0, 100, RetryConfig.None.BudgetPercent) ?? RetryConfig.None.BudgetPercent;
        int minimum = budget?.Integer("minRetriesPerSecond", 0, 10_000, RetryConfig.None.BudgetMinPerSecond) ?? RetryConfig.None.BudgetMinPerSecond;
        budget?.Finish();
        reader.Finish();
        return new RetryConfig(attempts, codes.Count > 0 ? codes : [502, 503, 504], backoff, percent, minimum);
    }

    /// <summary>The name of a rule, which must be the only one of its kind in the route.</summary>
    public static string ReadName(FieldReader rule, HashSet<string> before)
    {
        string name = rule.Text("name");
        if (name.Length > 0 && !before.Add(name))
        {
            rule.Problem("name", $"\"{name}\" is used by two rules.");
        }

        return name;
    }

    private static ParentRef ReadParent(FieldReader reader)
    {
        bool isGateway = reader.Choice("kind", ParentKinds, false, required: true);
        if (reader.Choice("group", ParentGroups, isGateway) != isGateway)
        {
            reader.Problem("group", isGateway ? $"must be {GatewayGroup} for a Gateway, or left out." : "must be \"\" for a Service, or left out.");
        }

        var parent = new ParentRef(
            reader.Text("name", required: true),
            reader.Integer("port", 1, 65535, 0),
            reader.Text("sectionName"),
            reader.PathOf("name"),
            reader.LineOf("name"))
        {
            IsGateway = isGateway,
        };
        reader.Finish();
        return parent;
    }

    private static BackendRef ReadBackend(FieldReader reader)
    {
        var (request, response) = RouteFilterFields.ReadHeaderFilters(reader);
        return ReadBackend(reader, request, response);
    }

    private static BackendRef ReadBackend(FieldReader reader, HeaderChanges? request, HeaderChanges? response)
    {
        reader.Choice("group", CoreGroup, true);
        reader.Choice("kind", ServiceOnly, true);
        var backend = new BackendRef(
            reader.Text("name", required: true),
            reader.Integer("port", 1, 65535, 0),
            reader.Text("version"),
            reader.Integer("weight", 0, MaxWeight, 1),
            reader.Path,
            reader.Line)
        {
            Request = request,
            Response = response,
        };
        reader.Finish();
        return backend;
    }
}

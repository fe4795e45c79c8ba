using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>HTTPRoute of https://gateway-api.sigs.k8s.io/reference/spec/ : the fields we act on; others are refused rather than ignored.</summary>
internal sealed class HttpRouteKind : IResourceKind
{
    private const int MaxRules = 16;
    private const int MaxBackends = 16;
    private const int MaxParents = 32;

    private static readonly Dictionary<string, bool> CoreGroup = new() { [""] = true };
    private static readonly Dictionary<string, bool> ServiceOnly = new() { ["Service"] = true };

    public string Kind => "HTTPRoute";

    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public object Read(string name, FieldReader spec) => new HttpRouteConfig(
        name,
        [.. spec.Maps("parentRefs", MaxParents, required: true).Select(ReadParent)],
        [.. spec.Maps("rules", MaxRules, required: true).Select(ReadRule)]);

    private static ParentRef ReadParent(FieldReader reader)
    {
        reader.Choice("group", CoreGroup, true);
        reader.Choice("kind", ServiceOnly, true, required: true);
        var parent = new ParentRef(
            reader.Text("name", required: true),
            reader.Integer("port", 1, 65535, 0),
            reader.PathOf("name"),
            reader.LineOf("name"));
        reader.Finish();
        return parent;
    }

    private static HttpRouteRule ReadRule(FieldReader reader)
    {
        // The name of a rule is for people; the Gateway API has it for targeting, which we do not offer.
        reader.Text("name");
        var matches = HttpRouteMatches.Read(reader);
        var timeouts = reader.Map("timeouts");
        var request = timeouts?.Duration("request", TimeSpan.Zero) ?? TimeSpan.Zero;
        var backendRequest = timeouts?.Duration("backendRequest", TimeSpan.Zero) ?? TimeSpan.Zero;
        timeouts?.Finish();
        if (request > TimeSpan.Zero && backendRequest > request)
        {
            timeouts!.Problem("backendRequest", "must not be longer than request, which bounds all attempts together.");
        }

        var rule = new HttpRouteRule(
            matches,
            [.. reader.Maps("backendRefs", MaxBackends, required: true).Select(ReadBackend)],
            request,
            backendRequest,
            reader.Map("retry") is { } retry ? ReadRetry(retry) : RetryConfig.None);
        reader.Finish();
        return rule;
    }

    private static BackendRef ReadBackend(FieldReader reader)
    {
        reader.Choice("group", CoreGroup, true);
        reader.Choice("kind", ServiceOnly, true);
        var backend = new BackendRef(
            reader.Text("name", required: true),
            reader.Integer("port", 1, 65535, 0),
            reader.Text("version"),
            reader.Integer("weight", 0, 1_000_000, 1),
            reader.Path,
            reader.Line);
        reader.Finish();
        return backend;
    }

    private static RetryConfig ReadRetry(FieldReader reader)
    {
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
}

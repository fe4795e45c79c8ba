namespace MeshInsight.Portal.Tests.Demo;

/// <param name="Rate">Requests per second.</param>
/// <param name="MedianMillis">Of the callee's answer.</param>
internal sealed record DemoCall(string Source, string Destination, double Rate, double MedianMillis, string Operation, string Protocol = "http");

/// <summary>A shop with a checkout v2 that fails for one request in five until the mesh takes it out. Times are relative to one moment, "now".</summary>
internal sealed class DemoMesh(DateTimeOffset now)
{
    public const double FailingShare = 0.21;

    public static readonly IReadOnlyList<DemoCall> Calls =
    [
        new("", "gateway", 184, 31, "ingress"),
        new("gateway", "storefront", 121, 22, "GET /"),
        new("gateway", "checkout", 62, 38, "POST /cart/checkout"),
        new("storefront", "catalog", 226, 6, "GET /products"),
        new("storefront", "recommend", 82, 11, "GET /for-you"),
        new("recommend", "catalog", 61, 6, "GET /products"),
        new("catalog", "inventory", 149, 2.1, "GET /stock"),
        new("checkout", "cart", 62, 3.4, "GET /cart"),
        new("checkout", "payment", 47, 14, "shop.Payment/Charge", "grpc"),
        new("checkout", "shipping", 21, 8, "POST /quote"),
        new("payment", "ledger", 47, 4.2, "POST /entries"),
        new("shipping", "inventory", 20, 2.1, "GET /stock"),
    ];

    public DateTimeOffset Now => now;

    public DateTimeOffset RolloutStarted => now.AddSeconds(-402);

    public DateTimeOffset Fault => now.AddSeconds(-31.2);

    public DateTimeOffset Detected => now.AddSeconds(-27.6);

    public DateTimeOffset CauseNamed => now.AddSeconds(-27.1);

    public DateTimeOffset RolledBack => now.AddSeconds(-26.4);

    public DateTimeOffset Confirmed => now.AddSeconds(-25.8);

    /// <summary>Percent of requests to checkout that v2 gets.</summary>
    public double CanaryPercent(DateTimeOffset at) => (at - RolloutStarted).TotalSeconds switch
    {
        < 0 => 0,
        _ when at >= Confirmed => 0,
        < 120 => 2,
        < 260 => 5,
        _ => 10,
    };

    public bool IsFailing(string destination, string version, DateTimeOffset at) =>
        destination == "checkout" && version == "v2" && at >= Fault;

    public static IEnumerable<(string Version, double Share)> Versions(string service, double canaryPercent) =>
        service != "checkout" ? [(service == "payment" ? "v3" : service.Length == 0 ? "" : "v1", 1)]
        : canaryPercent > 0 ? [("v1", 1 - (canaryPercent / 100)), ("v2", canaryPercent / 100)]
        : [("v1", 1)];
}

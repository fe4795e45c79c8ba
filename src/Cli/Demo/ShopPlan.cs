using System.Globalization;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Supervision;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Demo;

/// <summary>The shop's instances, each with four ports: app, inbound, outbound, admin. The front door has a port of its own.</summary>
internal sealed class ShopPlan
{
    public const string Entry = "frontend-1";
    public const string Canary = "checkout-v2-1";
    public const string Payment = "payment-1";

    /// <summary>Inventory has three instances, so that one of them may be taken out.</summary>
    public const string SickInstance = "inventory-2";

    /// <summary>What the front door serves; together they reach every service.</summary>
    public static IReadOnlyList<(HttpMethod Method, string Path)> Pages { get; } =
        [(HttpMethod.Get, "/"), (HttpMethod.Get, "/product/tea"), (HttpMethod.Post, "/cart"), (HttpMethod.Post, "/checkout")];

    private const int PortsPerInstance = 4;

    private static readonly (string Service, string Version, string Instance)[] s_names =
    [
        ("frontend", "v1", Entry),
        ("checkout", "v1", "checkout-1"),
        ("payment", "v1", Payment),
        ("inventory", "v1", "inventory-1"),
        ("inventory", "v1", SickInstance),
        ("inventory", "v1", "inventory-3"),
        ("cart", "v1", "cart-1"),
        ("catalog", "v1", "catalog-1"),
        ("shipping", "v1", "shipping-1"),
        ("recommendation", "v1", "recommendation-1"),
        ("checkout", "v2", Canary),
    ];

    private readonly MeshLayout _layout;

    public ShopPlan(MeshLayout layout)
    {
        _layout = layout;
        All = [.. s_names.Select((name, index) => Plan(name.Service, name.Version, name.Instance, index))];
    }

    /// <summary>The instances' names, the canary's included.</summary>
    public static IEnumerable<string> Instances => s_names.Select(name => name.Instance);

    /// <summary>Every instance, the canary's included.</summary>
    public IReadOnlyList<SidecarPlan> All { get; }

    /// <summary>The instances that run from the start.</summary>
    public IEnumerable<SidecarPlan> Stable => All.Where(plan => plan.Instance != Canary);

    public SidecarPlan this[string instance] => All.Single(plan => plan.Instance == instance);

    public Uri EntryUrl => _layout.Url(MeshPorts.ShopEntry);

    public IEnumerable<PortClaim> Ports() => All.SelectMany(plan => new PortClaim[]
    {
        new(plan.AppPort, $"the shop's {plan.Instance}"),
        new(plan.InboundPort, plan.Instance == Entry ? "the shop's front door" : $"the inbound sidecar of {plan.Instance}"),
        new(plan.OutboundPort, $"the outbound sidecar of {plan.Instance}"),
        new(plan.AdminPort, $"the sidecar's admin listener of {plan.Instance}"),
    });

    public ChildSpec App(SidecarPlan plan) => new(
        plan.Instance,
        MeshLayout.ProgramPath("Shop"),
        [plan.Service],
        new Dictionary<string, string>(RuntimeSettings.SmallApp)
        {
            ["SHOP_VERSION"] = plan.Version,
            ["SHOP_PORT"] = plan.AppPort.ToString(CultureInfo.InvariantCulture),
            ["SHOP_MESH_URL"] = $"http://127.0.0.1:{plan.OutboundPort.ToString(CultureInfo.InvariantCulture)}",
            ["SHOP_SEED"] = (plan.AppPort - _layout.PortBase).ToString(CultureInfo.InvariantCulture),
        },
        StopRanks.Apps);

    public ChildSpec Load(double ratePerSecond) => new(
        "load",
        MeshLayout.ProgramPath("LoadGenerator"),
        ["--url", EntryUrl.ToString(), "--rate", ratePerSecond.ToString(CultureInfo.InvariantCulture)],
        RuntimeSettings.SmallApp,
        StopRanks.Load);

    private SidecarPlan Plan(string service, string version, string instance, int index)
    {
        int first = _layout.Port(MeshPorts.ShopInstances + (index * PortsPerInstance));
        int inbound = instance == Entry ? _layout.Port(MeshPorts.ShopEntry) : first + 1;
        return new SidecarPlan(service, version, instance, service == "payment" ? "grpc" : "http", first, inbound, first + 2, first + 3);
    }
}

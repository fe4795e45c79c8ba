using MeshInsight.Collector.Detect;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Tests.Detect;

/// <summary>A small mesh whose traffic a test describes second by second: shop → checkout (v1, v2) → payment.</summary>
internal sealed class DetectBench(int seed = 1)
{
    private readonly Random _random = new(seed);
    private readonly FindingDetector _detector = new(new(), new());
    private readonly CellPool _pool = new();
    private long _second = 1_767_225_600;

    public List<Finding> Findings { get; } = [];

    public IReadOnlyList<Finding> Active => [.. Findings.GroupBy(f => f.Id).Select(g => g.Last()).Where(f => f.IsActive)];

    /// <summary>Requests a second to the shop; each makes a call to checkout, and that one to payment.</summary>
    public double Rate { get; set; } = 100;

    public double CanaryShare { get; set; }

    /// <summary>Share of its own failures, per service and version.</summary>
    public Dictionary<(string Service, string Version), double> Failures { get; } = [];

    /// <summary>Milliseconds that an instance takes more than usual.</summary>
    public Dictionary<string, double> Slowness { get; } = [];

    /// <summary>Share of failures anybody has on an ordinary day.</summary>
    public double Noise { get; set; } = 0.002;

    public void Run(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            RunSecond();
        }
    }

    private void RunSecond()
    {
        var nodes = new Dictionary<(string Service, string Version, string Instance), WindowCell>();
        var edges = new Dictionary<(string From, string FromVersion, string To, string ToVersion, string ToInstance), WindowCell>();
        int requests = Poisson(Rate);
        for (int i = 0; i < requests; i++)
        {
            string version = _random.NextDouble() < CanaryShare ? "v2" : "v1";
            string checkout = $"checkout-{version}-{_random.Next(2) + 1}";
            bool paymentFails = Fails("payment", "v1");
            double paymentMillis = Millis("payment-1", 5);
            Add(nodes, ("payment", "v1", "payment-1"), paymentMillis, paymentFails);
            var toPayment = Add(edges, ("checkout", version, "payment", "v1", "payment-1"), paymentMillis, paymentFails);
            toPayment.Explained += paymentFails ? 1 : 0;

            bool checkoutFails = paymentFails || Fails("checkout", version);
            double checkoutMillis = paymentMillis + Millis(checkout, 10);
            Add(nodes, ("checkout", version, checkout), checkoutMillis, checkoutFails);
            var toCheckout = Add(edges, ("shop", "v1", "checkout", version, checkout), checkoutMillis, checkoutFails);
            toCheckout.Explained += checkoutFails ? 1 : 0;

            bool shopFails = checkoutFails || Fails("shop", "v1");
            Add(nodes, ("shop", "v1", "shop-1"), checkoutMillis + Millis("shop-1", 3), shopFails);
        }

        var window = new ClosedWindow(
            _second,
            false,
            [],
            [.. nodes.Select(n => new RedRow(n.Key.Service, n.Key.Version, n.Key.Instance, "", n.Value))],
            [.. edges.Select(e => new EdgeRow(e.Key.From, e.Key.FromVersion, e.Key.To, e.Key.ToVersion, e.Key.ToInstance, "http", e.Value))],
            []);
        Findings.AddRange(_detector.Close(window, DateTimeOffset.FromUnixTimeSeconds(_second + 2)));
        _second++;
    }

    private WindowCell Add<TKey>(Dictionary<TKey, WindowCell> cells, TKey key, double millis, bool failed)
        where TKey : notnull
    {
        if (!cells.TryGetValue(key, out var cell))
        {
            cells.Add(key, cell = _pool.Rent());
        }

        cell.Add((long)(millis * 1e6), failed);
        return cell;
    }

    private bool Fails(string service, string version) => _random.NextDouble() < Failures.GetValueOrDefault((service, version), Noise);

    // Log-normal with a long tail, as latencies are.
    private double Millis(string instance, double usual) =>
        (usual * Math.Exp(0.4 * Normal())) + (Slowness.TryGetValue(instance, out double more) ? more * Math.Exp(0.2 * Normal()) : 0);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private int Poisson(double mean)
    {
        int count = 0;
        for (double sum = -Math.Log(1 - _random.NextDouble()); sum < mean; sum -= Math.Log(1 - _random.NextDouble()))
        {
            count++;
        }

        return count;
    }
}

using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>
/// How callers of one service balance, break, eject and check, what class their requests get, and how many of them the service takes at once. A part that is
/// not written stays off; one that is written takes Envoy's defaults for what it leaves out.
/// </summary>
internal sealed class TrafficPolicyKind : IResourceKind
{
    private static readonly Dictionary<string, bool> CoreGroup = new() { [""] = true };
    private static readonly Dictionary<string, bool> ServiceOnly = new() { ["Service"] = true };

    // RFC 9110 section 9.2.2 calls the others idempotent already.
    private static readonly string[] UnsafeMethods = ["POST", "PATCH"];

    public string Kind => "TrafficPolicy";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec) => new TrafficPolicyConfig(
        name,
        ReadTarget(spec),
        new TrafficPolicy(
            LoadBalancerFields.Read(spec),
            spec.Map("circuitBreaker") is { } breaker ? ReadBreaker(breaker) : null,
            spec.Map("outlierDetection") is { } outlier ? OutlierFields.Read(outlier) : null,
            spec.Integer("panicThresholdPercent", 0, 100, TrafficPolicy.DefaultPanicPercent),
            spec.Map("slowStart") is { } slowStart ? ReadSlowStart(slowStart) : null,
            spec.Map("locality") is { } locality ? ReadLocality(locality) : null,
            spec.Map("healthCheck") is { } check ? HealthCheckFields.Read(check) : null,
            spec.Map("retry") is { } retry ? ReadSafeMethods(retry) : [])
        {
            RetryBudget = spec.Map("retryBudget") is { } budget ? ReadBudget(budget) : null,
            Tcp = spec.Map("tcp") is { } tcp ? ReadTcp(tcp) : TcpConfig.Default,
        })
    {
        Overload = spec.Map("overload") is { } overload ? OverloadFields.Read(overload) : null,
        Priority = spec.Map("priority") is { } priority ? PriorityFields.Read(priority) : null,
    };

    private static string ReadTarget(FieldReader spec)
    {
        if (spec.Map("targetRef", required: true) is not { } target)
        {
            return "";
        }

        target.Choice("group", CoreGroup, true);
        target.Choice("kind", ServiceOnly, true, required: true);
        string service = target.Text("name", required: true);
        target.Finish();
        return service;
    }

    private static BreakerConfig ReadBreaker(FieldReader reader)
    {
        var breaker = new BreakerConfig(
            reader.Integer("maxConnections", 1, int.MaxValue, 1024),
            reader.Integer("maxPendingRequests", 0, int.MaxValue, 1024),
            reader.Integer("maxRequests", 1, int.MaxValue, 1024),
            reader.Integer("maxRetries", 0, int.MaxValue, 3));
        reader.Finish();
        return breaker;
    }

    private static RetryBudgetConfig ReadBudget(FieldReader reader)
    {
        var budget = new RetryBudgetConfig(
            reader.Integer("percent", 0, 100, RetryConfig.None.BudgetPercent),
            reader.Integer("minRetriesPerSecond", 0, 10_000, RetryConfig.None.BudgetMinPerSecond),
            reader.PositiveDuration("interval", TimeSpan.FromSeconds(10)));
        // The Gateway API's bounds.
        if (budget.Interval < TimeSpan.FromSeconds(1) || budget.Interval > TimeSpan.FromHours(1))
        {
            reader.Problem("interval", "must be from 1s to 1h.");
        }

        reader.Finish();
        return budget;
    }

    private static TcpConfig ReadTcp(FieldReader reader)
    {
        var tcp = new TcpConfig(reader.PositiveDuration("connectTimeout", TcpConfig.Default.ConnectTimeout), reader.Duration("idleTimeout", TcpConfig.Default.IdleTimeout));
        if (tcp.IdleTimeout > TimeSpan.FromDays(1))
        {
            reader.Problem("idleTimeout", "must be at most 24h, or 0s for never.");
        }

        reader.Finish();
        return tcp;
    }

    private static SlowStartConfig ReadSlowStart(FieldReader reader)
    {
        var slowStart = new SlowStartConfig(
            reader.PositiveDuration("window", TimeSpan.FromSeconds(30)),
            reader.Number("aggression", 0, 100, 1, aboveMinimum: true),
            reader.Integer("minWeightPercent", 1, 100, 10));
        reader.Finish();
        return slowStart;
    }

    private static LocalityConfig ReadLocality(FieldReader reader)
    {
        var locality = new LocalityConfig(
            reader.Integer("overprovisioningPercent", 100, 1000, 140),
            reader.Integer("endpointCapacity", 0, int.MaxValue, 0),
            [.. reader.Maps("egressCosts", maximum: 1000).Select(ReadCost)]);
        reader.Finish();
        return locality;
    }

    private static EgressCost ReadCost(FieldReader reader)
    {
        var cost = new EgressCost(reader.Text("from", required: true), reader.Text("to", required: true), reader.Number("cost", 0, 1e9, 0));
        if (!reader.Has("cost"))
        {
            reader.Problem("cost", "is required.");
        }

        reader.Finish();
        return cost;
    }

    private static IReadOnlyList<string> ReadSafeMethods(FieldReader reader)
    {
        var methods = reader.TextList("safeMethods");
        foreach (string unknown in methods.Except(UnsafeMethods))
        {
            reader.Problem("safeMethods", $"\"{unknown}\" need not be declared, or is not a method.", UnsafeMethods);
        }

        reader.Finish();
        return methods;
    }
}

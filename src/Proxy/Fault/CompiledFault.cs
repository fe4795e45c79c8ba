using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Fault;

/// <summary>One FaultInjection, ready to be asked per request.</summary>
internal sealed class CompiledFault(FaultConfig config, FaultCounts counts)
{
    private const int LongestDelayMillis = 86_400_000;

    private readonly CompiledMatch[] _matches = [.. config.Matches.Select(m => new CompiledMatch(m))];

    public FaultConfig Config => config;

    public FaultCounts Counts => counts;

    public bool Matches(in RequestHead head) => CompiledMatch.Any(_matches, head, out _);

    /// <summary>Delay and abort are drawn each for itself, as by Envoy.</summary>
    public FaultPlan Draw(IHeaderDictionary headers, Random random)
    {
        var plan = new FaultPlan(TimeSpan.Zero, 0, -1);
        if (config.Delay is { } delay && IsDrawn(delay.Percentage, random))
        {
            plan = plan with { Delay = delay.Fixed > TimeSpan.Zero ? delay.Fixed : TimeSpan.FromMilliseconds(Number(headers, FaultHeaders.Delay, 0, LongestDelayMillis) ?? 0) };
        }

        if (config.Abort is { } abort && IsDrawn(abort.Percentage, random))
        {
            plan = !abort.IsByHeader ? plan with { HttpStatus = abort.HttpStatus, GrpcStatus = abort.GrpcStatus }
                : Number(headers, FaultHeaders.Abort, 200, 599) is { } status ? plan with { HttpStatus = status }
                : plan with { GrpcStatus = Number(headers, FaultHeaders.AbortGrpc, 0, 16) ?? -1 };
        }

        return plan;
    }

    private static bool IsDrawn(double percentage, Random random) => percentage >= 100 || random.NextDouble() * 100 < percentage;

    private static int? Number(IHeaderDictionary headers, string name, int minimum, int maximum) =>
        headers.TryGetValue(name, out var values) && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && number >= minimum && number <= maximum ? number : null;
}

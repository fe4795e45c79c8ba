using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Findings.V1;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>findings.proto to our words.</summary>
internal static class FindingWire
{
    /// <summary>More causes than this name nobody.</summary>
    private const int MaxCauses = 10;
    private const int MaxEvidence = 10;

    /// <returns>False when the message names no condition or an impossible time.</returns>
    public static bool TryRead(FindingMessage message, out Finding finding)
    {
        finding = null!;
        if (message.Id.Length == 0 || message.Subject is null || !TryTime(message.SinceUnixMillis, out var since) || !TryTime(message.AtUnixMillis, out var at))
        {
            return false;
        }

        finding = new Finding(
            message.Id,
            (SignalKind)message.Signal,
            Read(message.Subject),
            message.Active,
            since,
            at,
            Math.Clamp(Finite(message.Confidence), 0, 1),
            Finite(message.Observed),
            Finite(message.Expected),
            message.Summary,
            [.. message.Causes.Where(c => c.Subject is not null).Take(MaxCauses).Select(Read)],
            message.ExampleTraceId);
        return true;
    }

    public static void AddTo(LatencySketch sketch, IReadOnlyList<uint> buckets, IReadOnlyList<ulong> counts)
    {
        for (int i = 0; i < Math.Min(buckets.Count, counts.Count); i++)
        {
            sketch.AddBucket((int)Math.Min(buckets[i], LatencySketch.MaxBuckets - 1), counts[i]);
        }
    }

    private static SuspectedCause Read(CauseMessage cause) =>
        new(Read(cause.Subject), Math.Clamp(Finite(cause.Score), 0, 1), [.. cause.Evidence.Take(MaxEvidence)]);

    private static Subject Read(SubjectMessage subject) =>
        new((SubjectScope)subject.Scope, subject.Service, subject.Version, subject.Instance, subject.Peer);

    private static bool TryTime(long unixMillis, out DateTimeOffset time)
    {
        bool isPossible = unixMillis is >= 0 and < 253402300800000;
        time = isPossible ? DateTimeOffset.FromUnixTimeMilliseconds(unixMillis) : default;
        return isPossible;
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}

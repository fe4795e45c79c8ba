using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's fault injections as ours. Values only; <see cref="FaultValidator"/> says whether they make sense.</summary>
internal static class FaultReader
{
    public static FaultConfig Read(Wire.FaultInjection message) => new(
        message.Name,
        [.. message.Services],
        [.. message.Callers],
        [.. message.Matches.Select(SnapshotReader.Read)],
        message.Delay is { } delay ? new(TimeSpan.FromMilliseconds(delay.FixedMillis), delay.Percentage) : null,
        message.Abort is { } abort ? new(abort.HttpStatus, abort.StatusCase == Wire.FaultAbort.StatusOneofCase.GrpcStatus ? abort.GrpcStatus : -1, abort.Percentage) : null,
        message.MaxActive);
}

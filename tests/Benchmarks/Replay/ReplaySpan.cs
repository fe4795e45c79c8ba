namespace MeshInsight.Benchmarks.Replay;

/// <param name="Id">1 upward within the trace.</param>
/// <param name="Parent">0 at the root.</param>
/// <param name="Service">Number of its name in <see cref="ReplaySet.Names"/>.</param>
/// <param name="Operation">Number of its name in <see cref="ReplaySet.Names"/>.</param>
internal readonly record struct ReplaySpan(int Id, int Parent, int Service, int Operation, long StartMicros, long DurationMicros)
{
    public long EndMicros => StartMicros + DurationMicros;
}

/// <param name="Randomness">The low 56 bits of the trace id.</param>
/// <param name="PathType">Number of what the scorer calls a path type: the root's operation and the set of (caller, service, operation).</param>
internal sealed record ReplayTrace(string TraceId, ulong Randomness, ReplaySpan[] Spans, int PathType)
{
    public ReplaySpan Root => Spans[0];

    public long EndMicros { get; } = Spans.Max(span => span.EndMicros);
}

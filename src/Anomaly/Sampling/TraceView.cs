namespace MeshInsight.Anomaly.Sampling;

/// <summary>One span as the sampler sees it. Hashes are the caller's, 64 bits, the same for the same text as long as the process lives.</summary>
/// <param name="Service">Hash of the service's name.</param>
/// <param name="Version">Hash of service and version; 0 when the span tells none.</param>
/// <param name="Operation">Hash of service and span name, and of the kind if it is set.</param>
/// <param name="Parent">Position of the parent in the trace; negative without one.</param>
/// <param name="SelfNanos">Time in which none of the span's children ran.</param>
public readonly record struct SampledSpan(ulong Service, ulong Version, ulong Operation, int Parent, long SelfNanos, bool Failed);

/// <summary>An attribute whose values may be worth a look when they are new, for example a version, a flag or a status text.</summary>
public readonly record struct SampledTag(ulong Key, ulong Value);

/// <summary>A finished trace; borrowed for one call.</summary>
/// <param name="spans">In any order, at least one.</param>
/// <param name="tags">May be empty.</param>
/// <param name="root">Position of the root, or of the earliest span while there is none.</param>
/// <param name="durationNanos">From the first start to the last end.</param>
/// <param name="sizeBytes">What keeping the trace costs where the budget is in bytes.</param>
public readonly ref struct TraceView(ReadOnlySpan<SampledSpan> spans, ReadOnlySpan<SampledTag> tags, int root, long durationNanos, long sizeBytes)
{
    public ReadOnlySpan<SampledSpan> Spans { get; } = spans;

    public ReadOnlySpan<SampledTag> Tags { get; } = tags;

    public int Root { get; } = root;

    public long DurationNanos { get; } = durationNanos;

    public long SizeBytes { get; } = sizeBytes;
}

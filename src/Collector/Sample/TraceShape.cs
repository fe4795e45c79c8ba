using MeshInsight.Collector.Assemble;

namespace MeshInsight.Collector.Sample;

/// <summary>What a trace looks like from outside.</summary>
/// <param name="Root">Position of the root span; of the earliest span while there is none.</param>
/// <param name="DurationNanos">The root span's; from the first start to the last end while there is none.</param>
/// <param name="ExtentNanos">From the first start to the last end.</param>
/// <param name="Errors">Spans that failed.</param>
internal readonly record struct TraceShape(int Root, long StartUnixNano, long DurationNanos, long ExtentNanos, int Errors)
{
    public static TraceShape Of(PendingTrace trace)
    {
        int root = -1;
        int first = 0;
        int errors = 0;
        long start = long.MaxValue;
        long end = long.MinValue;
        var spans = trace.Spans;
        for (int i = 0; i < spans.Length; i++)
        {
            var span = spans[i].Span;
            if (span.StartUnixNano < start)
            {
                start = span.StartUnixNano;
                first = i;
            }

            end = Math.Max(end, span.EndUnixNano);
            errors += spans[i].Batch.Keys.Failed(span.Batch, span.Row) ? 1 : 0;
            if (root < 0 && span.ParentId.IsEmpty)
            {
                root = i;
            }
        }

        return root < 0 ? new(first, start, end - start, end - start, errors) : new(root, start, spans[root].Span.DurationNano, end - start, errors);
    }
}

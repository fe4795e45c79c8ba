using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Store;

/// <summary>Copies kept spans out of the batches they came in, with their threshold stamped. Resources and scopes are copied once per batch. Not thread-safe.</summary>
internal sealed class SpanCopier(SpanBatch target)
{
    private const int SmallState = 512;
    private readonly Dictionary<(long Batch, int Row), int> _resources = [];
    private readonly Dictionary<(long Batch, int Row), int> _scopes = [];

    /// <param name="threshold">Of <see cref="SampleDecision.ThresholdOf"/>: null takes <c>th</c> out.</param>
    public void Copy(ReceivedBatch from, int row, ulong? threshold)
    {
        var source = from.Spans;
        target.Add(
            source.TraceIds[row],
            source.SpanIds[row],
            source.ParentIds[row],
            source.StartUnixNanos[row],
            source.DurationNanos[row],
            target.Symbols.Add(source.Symbols[source.Names[row]]),
            source.Kinds[row],
            source.Statuses[row],
            target.Text.Add(source.Text[source.StatusMessages[row]]),
            StampedState(source.Text[source.TraceStates[row]], threshold),
            source.Flags[row],
            Resource(from, source.ResourceRows[row]),
            Scope(from, source.ScopeRows[row]),
            target.Attributes.Copy(source, source.AttributeRows[row]),
            Events(source, source.EventRows[row]),
            Links(source, source.LinkRows[row]));
    }

    public void Clear()
    {
        _resources.Clear();
        _scopes.Clear();
    }

    private TextRef StampedState(ReadOnlySpan<byte> state, ulong? threshold)
    {
        int size = state.Length + OtTraceState.LongestGrowth;
        Span<byte> stamped = size <= SmallState ? stackalloc byte[SmallState] : new byte[size];
        return target.Text.Add(stamped[..OtTraceState.Write(state, threshold, stamped)]);
    }

    private int Resource(ReceivedBatch from, int row)
    {
        if (_resources.TryGetValue((from.Sequence, row), out int known))
        {
            return known;
        }

        var resource = from.Spans.Resources[row];
        int first = target.Attributes.Copy(from.Spans, resource.Attributes).Start;
        int copy = target.AddResource(first, target.Symbols.Add(from.Spans.Symbols[resource.SchemaUrl]));
        return _resources[(from.Sequence, row)] = copy;
    }

    private int Scope(ReceivedBatch from, int row)
    {
        if (_scopes.TryGetValue((from.Sequence, row), out int known))
        {
            return known;
        }

        var scope = from.Spans.Scopes[row];
        var symbols = from.Spans.Symbols;
        target.Scopes.Add(new(
            target.Symbols.Add(symbols[scope.Name]),
            target.Symbols.Add(symbols[scope.Version]),
            target.Attributes.Copy(from.Spans, scope.Attributes),
            target.Symbols.Add(symbols[scope.SchemaUrl])));
        return _scopes[(from.Sequence, row)] = target.Scopes.Count - 1;
    }

    private RowRange Events(SpanBatch source, RowRange rows)
    {
        int start = target.Events.Count;
        for (int row = rows.Start; row < rows.End; row++)
        {
            var item = source.Events[row];
            target.Events.Add(new(item.TimeUnixNano, target.Symbols.Add(source.Symbols[item.Name]), target.Attributes.Copy(source, item.Attributes)));
        }

        return new(start, rows.Count);
    }

    private RowRange Links(SpanBatch source, RowRange rows)
    {
        int start = target.Links.Count;
        for (int row = rows.Start; row < rows.End; row++)
        {
            var item = source.Links[row];
            target.Links.Add(new(
                item.TraceId, item.SpanId, target.Text.Add(source.Text[item.TraceState]), target.Attributes.Copy(source, item.Attributes)));
        }

        return new(start, rows.Count);
    }
}

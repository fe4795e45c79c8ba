using MeshInsight.Collector.Assemble;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests.Assemble;

public sealed class TraceTableTests
{
    private readonly CollectorMeters _meters = new();
    private readonly BatchPool<SpanBatch> _pool = new(8, long.MaxValue);
    private readonly List<(TraceId Trace, int Spans)> _decided = [];
    private long _now;
    private long _sequence;

    private TraceTable Table(AssembleOptions? options = null) => new(options ?? new(), 0, _meters, trace => _decided.Add((trace.TraceId, trace.Count)));

    private ReceivedBatch Send(TraceTable table, params IEnumerable<SpanSpec> spans)
    {
        var batch = new ReceivedBatch(++_sequence, SpanSpec.Batch(spans), _pool);
        table.BeginBatch(batch);
        for (int row = 0; row < batch.Spans.Count; row++)
        {
            table.Add(batch, row, _now);
        }

        table.EndBatch(batch);
        return batch;
    }

    private void Advance(TraceTable table, double seconds)
    {
        long until = _now + (long)(seconds * 1e9);
        while (_now < until)
        {
            _now = Math.Min(until, _now + 100_000_000);
            table.Advance(_now);
        }
    }

    private long Decided(string cause) => _meters[MeterTable.Decided, cause].Value;

    [Fact]
    public void Trace_WithItsRoot_IsDecidedAfterAQuietTime()
    {
        var table = Table();
        Send(table, new SpanSpec("shop") { Id = 1 }, new SpanSpec("checkout") { Id = 2, Parent = 1 });

        Advance(table, 1.4);
        Assert.Empty(_decided);
        Advance(table, 0.3);

        Assert.Equal((new TraceId(0xABCD, 1), 2), Assert.Single(_decided));
        Assert.Equal(0, table.Count);
        Assert.Equal(1, Decided("quiet"));
    }

    [Fact]
    public void Trace_WithSpansStillComing_WaitsForThem()
    {
        var table = Table();
        Send(table, new SpanSpec("shop"));
        for (int i = 0; i < 4; i++)
        {
            Advance(table, 1);
            Send(table, new SpanSpec("checkout") { Id = (ulong)i + 2, Parent = 1 });
        }

        Assert.Empty(_decided);
        Advance(table, 1.7);

        Assert.Equal(5, Assert.Single(_decided).Spans);
    }

    [Fact]
    public void Trace_WithoutRoot_WaitsLonger()
    {
        var table = Table();
        Send(table, new SpanSpec("checkout") { Parent = 77 });

        Advance(table, 3.8);
        Assert.Empty(_decided);
        Advance(table, 0.4);

        Assert.Single(_decided);
    }

    [Fact]
    public void Trace_ThatNeverRests_IsDecidedAtTheLongestWait()
    {
        var table = Table();
        for (int i = 0; i < 11; i++)
        {
            Send(table, new SpanSpec("shop") { Id = (ulong)i + 1, Parent = 99 });
            Advance(table, 1);
        }

        Assert.Equal(10, _decided[0].Spans);
        Assert.Equal(1, Decided("age"));
    }

    [Fact]
    public void MemoryCeiling_Reached_DecidesTheOldestFirst()
    {
        var one = SpanSpec.Batch(new SpanSpec("shop"));
        long bytes = BatchSize.Of(one);
        var table = Table(new() { MaxBytes = 10 * bytes });
        for (ulong trace = 1; trace <= 25; trace++)
        {
            Send(table, new SpanSpec("shop") { Trace = trace });
            Assert.True(table.HeldBytes <= 10 * bytes);
        }

        Assert.Equal(Enumerable.Range(1, 15).Select(i => (ulong)i), _decided.Select(d => d.Trace.Low));
        Assert.Equal(15, Decided("memory"));
    }

    [Fact]
    public void Trace_WithTooManySpans_IsDecidedEarly()
    {
        var table = Table(new() { MaxSpansPerTrace = 100 });
        Send(table, Enumerable.Range(1, 250).Select(i => new SpanSpec("shop") { Id = (ulong)i }));

        Assert.Equal([100, 100], _decided.Select(d => d.Spans));
        Assert.Equal(2, Decided("spans"));
    }

    [Fact]
    public void Batch_WhoseLastTraceIsDecided_GoesBackToThePool()
    {
        var table = Table();
        var batch = Send(table, new SpanSpec("shop") { Trace = 1 }, new SpanSpec("shop") { Trace = 2 });
        Advance(table, 1);
        Send(table, new SpanSpec("checkout") { Trace = 2, Parent = 1, Id = 2 });

        Advance(table, 1);
        Assert.NotSame(batch.Spans, _pool.Rent());
        Advance(table, 1);

        Assert.Contains(batch.Spans, new[] { _pool.Rent(), _pool.Rent() });
        Assert.Equal(0, table.HeldBytes);
    }

    [Fact]
    public void DecideAll_LeavesNothing()
    {
        var table = Table();
        Send(table, Enumerable.Range(1, 50).Select(i => new SpanSpec("shop") { Trace = (ulong)i }));

        table.DecideAll();

        Assert.Equal(50, _decided.Count);
        Assert.Equal(0, table.HeldBytes);
    }

    [Fact]
    public void EverySpan_WhateverHappens_IsDecidedOnce() => Property.ForAll(30, random =>
    {
        _decided.Clear();
        _now = 0;
        var table = Table(new() { MaxBytes = random.Next(2_000, 40_000), MaxTraces = random.Next(2, 40), MaxSpansPerTrace = random.Next(2, 30) });
        int sent = 0;
        for (int i = 0; i < 200; i++)
        {
            int count = random.Next(1, 10);
            sent += count;
            Send(table, Enumerable.Range(0, count).Select(_ => new SpanSpec("s") { Trace = (ulong)random.Next(60), Parent = (ulong)random.Next(2) }));
            Advance(table, random.NextDouble());
        }

        table.DecideAll();
        Assert.Equal(sent, _decided.Sum(d => d.Spans));
        Assert.Equal(0, table.HeldBytes);
        Assert.Equal(0, table.Count);
    });
}

using MeshInsight.Contracts.Telemetry;
using MeshInsight.Contracts.Tests.Otlp;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Telemetry;

public sealed class TelemetryBatchTests
{
    [Fact]
    public void Rollback_AnyBatch_LeavesWhatWasBeforeTheMark() => Property.ForAll(50, random =>
    {
        var batch = new RandomTelemetry(random).Spans(5);
        string before = TelemetryDump.Of(batch);
        var mark = batch.Mark();
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("a", "b");
        batch.Add(new(1, 2), new(3), default, 4, 5, batch.Symbols.Add("late"), SpanKind.Client, SpanStatus.Ok, default, default, 0, 0, 0, batch.Attributes.From(first));
        Assert.Equal(6, batch.Count);

        batch.Rollback(mark);

        Assert.Equal(before, TelemetryDump.Of(batch));
        Assert.Equal(first, batch.Attributes.Count);
    });

    [Fact]
    public void Copy_AttributesOfAnotherBatch_KeepsEveryValue() => Property.ForAll(50, random =>
    {
        var source = new SpanBatch();
        var rows = new RandomTelemetry(random).Attributes(source);
        var target = new RandomTelemetry(random).Spans(2);

        var copied = target.Attributes.Copy(source, rows);

        Assert.Equal(TelemetryDump.Attributes(source, rows), TelemetryDump.Attributes(target, copied));
    });

    [Fact]
    public void Resource_ServiceAttributes_BecomeSymbols()
    {
        var batch = new SpanBatch();
        batch.Attributes.AddText("service.name", "checkout");
        batch.Attributes.AddText("service.instance.id", "checkout-1");
        batch.Attributes.AddInt("service.version"u8, 2);
        int resource = batch.AddResource(0, batch.Symbols.Add("schema"));

        var row = batch.Resources[resource];
        Assert.Equal(
            ("checkout", "", "checkout-1", "schema"),
            (batch.Symbols.GetString(row.ServiceName), batch.Symbols.GetString(row.ServiceVersion), batch.Symbols.GetString(row.ServiceInstance), batch.Symbols.GetString(row.SchemaUrl)));
        Assert.Equal(new RowRange(0, 3), row.Attributes);
    }

    [Fact]
    public void Find_AttributeOfASpan_LooksOnlyAtItsOwn()
    {
        var batch = new SpanBatch();
        batch.Attributes.AddText("key", "first");
        batch.Attributes.AddText("key", "second");

        Assert.Equal(0, batch.Attributes.Find(new(0, 1), "key"u8));
        Assert.Equal(1, batch.Attributes.Find(new(1, 1), "key"u8));
        Assert.Equal(-1, batch.Attributes.Find(new(1, 0), "key"u8));
        Assert.Equal(-1, batch.Attributes.Find(new(0, 2), "other"u8));
    }
}

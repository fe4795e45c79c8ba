using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Inserts;

/// <summary>Rows of a batch that go into one table.</summary>
internal abstract class BatchRows(TelemetryBatch batch, int count)
{
    public TelemetryBatch Batch => batch;

    public int Count => count;
}

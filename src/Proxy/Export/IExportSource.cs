using System.Buffers;

namespace MeshInsight.Proxy.Export;

/// <summary>What is to be sent now.</summary>
internal enum ExportDue
{
    /// <summary>Full batches: one of them has woken the exporter, and the others' begun ones are better sent full too.</summary>
    Full,

    /// <summary>Begun ones as well: nothing waits longer than a second.</summary>
    Begun,

    /// <summary>All that there is: the sidecar stops.</summary>
    Last,
}

/// <summary>One kind of telemetry as the exporter sees it. Called by the exporter's task only.</summary>
internal interface IExportSource
{
    /// <summary>gRPC method that takes it.</summary>
    string Method { get; }

    /// <summary>Writes the next request that is due. Called until it returns false.</summary>
    /// <param name="items">Spans, records or points in the request.</param>
    bool TryEncode(IBufferWriter<byte> output, ExportDue due, out int items);

    void CountSent(int items);

    void CountDropped(int items, DropReason reason);
}

using System.Buffers;

namespace MeshInsight.Proxy.Observe;

/// <summary>One kind of telemetry as the exporter sees it. Called by the exporter's task only.</summary>
internal interface IExportSource
{
    /// <summary>gRPC method that takes it.</summary>
    string Method { get; }

    /// <summary>Writes the next request that is due. Called until it returns false.</summary>
    /// <param name="isLast">The sidecar stops: all that is left is due now.</param>
    /// <param name="items">Spans, records or points in the request.</param>
    bool TryEncode(IBufferWriter<byte> output, bool isLast, out int items);

    void CountSent(int items);

    void CountDropped(int items, DropReason reason);
}

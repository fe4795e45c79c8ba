namespace MeshInsight.Proxy.Accept;

/// <summary>What becomes of connections whose content is bytes.</summary>
internal interface IByteHandler
{
    /// <summary>Returns when the connection has ended; closing it is the caller's.</summary>
    Task RunAsync(ByteConnection connection);

    /// <summary>Whether a connection may come without mutual TLS.</summary>
    bool TakesPlain { get; }
}

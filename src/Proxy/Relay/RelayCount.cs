namespace MeshInsight.Proxy.Relay;

/// <summary>What passed, while it passes: connections may live for days. Shared by as many relays as one series of metrics covers; thread-safe.</summary>
/// <param name="wholes">Count the same for more connections than these.</param>
internal class RelayCount(params RelayCount[] wholes)
{
    private long _opened;
    private long _closed;
    private long _sent;
    private long _received;

    public long Opened => Interlocked.Read(ref _opened);

    public long Closed => Interlocked.Read(ref _closed);

    /// <summary>Bytes towards the upstream.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Bytes towards the client.</summary>
    public long Received => Interlocked.Read(ref _received);

    public void Open()
    {
        Interlocked.Increment(ref _opened);
        foreach (var whole in wholes)
        {
            whole.Open();
        }
    }

    public void Close()
    {
        Interlocked.Increment(ref _closed);
        foreach (var whole in wholes)
        {
            whole.Close();
        }
    }

    public void Add(bool isSent, int bytes)
    {
        Interlocked.Add(ref isSent ? ref _sent : ref _received, bytes);
        foreach (var whole in wholes)
        {
            whole.Add(isSent, bytes);
        }
    }
}

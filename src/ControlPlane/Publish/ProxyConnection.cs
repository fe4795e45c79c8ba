using System.Threading.Channels;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>One open stream: what to send next, and what was answered. A slow sidecar skips versions; nothing queues up for it.</summary>
internal sealed class ProxyConnection(long id, ProxyState state, Func<PublishedSnapshot?> readNewest)
{
    // Holds "there may be something newer", never the thing itself.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private volatile ProxyState _state = state;

    public long Id { get; } = id;

    public ProxyState State => _state;

    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Waits for a snapshot newer than the one sent last.</summary>
    public async ValueTask<PublishedSnapshot> NextAsync(long sentVersion, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (readNewest() is { } newest && newest.Version > sentVersion)
            {
                return newest;
            }

            await _wake.Reader.ReadAsync(cancellationToken);
        }
    }

    public ProxyState Answer(long version, bool accepted, IReadOnlyList<string> problems)
    {
        lock (_lock)
        {
            return _state = _state.Answered(version, accepted, problems);
        }
    }
}

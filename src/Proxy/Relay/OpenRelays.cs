namespace MeshInsight.Proxy.Relay;

/// <summary>All connections that this process relays as bytes: how many there may be, and how they end when it stops. Thread-safe.</summary>
/// <param name="maximum">Each costs two sockets, and memory while something moves.</param>
internal sealed class OpenRelays(int maximum) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private volatile bool _isDraining;

    /// <summary>Ends every relay.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public int Count => Volatile.Read(ref _open);

    public int Maximum => maximum;

    /// <returns>With true the caller owes an <see cref="Exit"/>.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= maximum)
        {
            return true;
        }

        Exit();
        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _open) == 0 && _isDraining)
        {
            _none.TrySetResult();
        }
    }

    /// <summary>Lets the open ones finish until <paramref name="limit"/>, then ends them. Nobody accepts new ones by then.</summary>
    public async Task DrainAsync(CancellationToken limit)
    {
        _isDraining = true;
        if (Count > 0)
        {
            await Task.WhenAny(_none.Task, Task.Delay(Timeout.Infinite, limit));
        }

        await _stopping.CancelAsync();
    }

    public void Dispose() => _stopping.Dispose();
}

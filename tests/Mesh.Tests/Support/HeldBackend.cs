namespace MeshInsight.Mesh.Tests.Support;

/// <summary>Requests to a backend wait in its app until they are let go, at the latest with the end of this.</summary>
internal sealed class HeldBackend : IDisposable
{
    private readonly EchoApp _backend;
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldBackend(EchoApp backend)
    {
        _backend = backend;
        backend.Before = async _ =>
        {
            _arrived.TrySetResult();
            await _go.Task;
            return false;
        };
    }

    /// <summary>Ends when the first request has reached the app.</summary>
    public Task Arrived => _arrived.Task;

    public void LetGo() => _go.TrySetResult();

    public void Dispose()
    {
        LetGo();
        _backend.Before = null;
    }
}

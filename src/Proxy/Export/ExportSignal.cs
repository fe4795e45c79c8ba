namespace MeshInsight.Proxy.Export;

/// <summary>Wakes the exporter before its time, when a batch is full.</summary>
internal sealed class ExportSignal : IDisposable
{
    private readonly SemaphoreSlim _full = new(0);

    public void Wake() => _full.Release();

    /// <returns>True when a batch is full, false when <paramref name="atMost"/> has passed.</returns>
    public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _full.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _full.Dispose();
}

using Microsoft.Extensions.Hosting;

namespace MeshInsight.Client;

/// <summary>In a host without a server: joins before other services start, leaves after they have stopped.</summary>
internal sealed class MeshWorker(MeshNode node) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => node.StartAsync(null, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => node.Sidecar.StopAsync();
}

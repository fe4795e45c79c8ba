using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Supervision;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Platform;

/// <summary>Starts the platform: the store first, since its start is the longest, and the rest without waiting for it; every program waits for what it needs by itself.</summary>
internal sealed class PlatformStart(MeshLayout layout, PlatformPrograms programs, Supervisor supervisor, StartProgress progress) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>What the mesh cannot do without: store, control plane, collector.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var waits = new List<Task>();
        if (string.IsNullOrEmpty(programs.ForeignClickHouse))
        {
            waits.Add(StartAsync(programs.ClickHouse(), "clickhouse", null, cancellation));
        }

        waits.Add(StartAsync(programs.ControlPlane(), "api", layout.Url(MeshPorts.ControlApi), cancellation));
        waits.Add(StartAsync(programs.Collector(), "admin", layout.Url(MeshPorts.CollectorAdmin), cancellation));
        await FailFast.WhenAllAsync([.. waits]);
    }

    /// <summary>The portal only looks on, so nothing waits for it.</summary>
    public Task RunPortalAsync(CancellationToken cancellation) => StartAsync(programs.Portal(), "portal", layout.Url(MeshPorts.Portal), cancellation);

    public void Dispose() => _http.Dispose();

    /// <summary>Starts one program and waits until it can do its work.</summary>
    /// <param name="listener">The listener that says it is up.</param>
    /// <param name="admin">Where <c>/readyz</c> is; null when listening is all there is.</param>
    private async Task StartAsync(ChildSpec spec, string listener, Uri? admin, CancellationToken cancellation)
    {
        progress.Set(spec.Name, StartPhase.Starting);
        try
        {
            await supervisor.Start(spec).ListeningAsync(listener).WaitAsync(s_patience, cancellation);
            if (admin is not null)
            {
                await Readiness.WaitAsync(_http, new Uri(admin, "readyz"), spec.Name, s_patience, cancellation);
            }

            progress.Set(spec.Name, StartPhase.Ready);
        }
        catch (Exception failure) when (failure is ChildEndedException or TimeoutException)
        {
            progress.Set(spec.Name, StartPhase.Failed);
            throw failure is ChildEndedException
                ? failure
                : new TimeoutException($"{spec.Name} was not ready after {s_patience.TotalSeconds} s: {failure.Message} (log: {Path.Combine(layout.LogDirectory, spec.Name)}.log)");
        }
    }
}

namespace MeshInsight.ControlPlane.Registry;

/// <summary>Ends leases and keeps the registry on disk.</summary>
internal sealed partial class LeaseKeeper(InstanceRegistry registry, TimeProvider clock, ILogger<LeaseKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Log _log = new(logger);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        SaveOrLog();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var gone in registry.Expire())
            {
                _log.Expired(gone.InstanceId, gone.Service, gone.Version, gone.LastSeen);
            }

            SaveOrLog();
        }
    }

    private void SaveOrLog()
    {
        try
        {
            registry.Save();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.NotSaved(error.Message);
        }
    }
}

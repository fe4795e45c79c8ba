namespace MeshInsight.ControlPlane.Loop;

/// <summary>Turns the loop when something arrived, and at least four times a second, because confirmations, dwell times and leases come without an event.</summary>
internal sealed partial class LoopService : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Action _turn;
    private readonly Log _log;
    private readonly SemaphoreSlim _news = new(0, 1);
    private string _lastFailure = "";

    public LoopService(Action turn, ILogger<LoopService> logger)
    {
        _turn = turn;
        _log = new Log(logger);
    }

    /// <summary>Something arrived; may be called from any thread, any number of times.</summary>
    public void Wake()
    {
        lock (_news)
        {
            if (_news.CurrentCount == 0)
            {
                _news.Release();
            }
        }
    }

    /// <summary>The first turn is over before anything listens, so that rollouts of a first start are taken up.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        TurnOnce();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _news.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TurnOnce();
            await _news.WaitAsync(Interval, stoppingToken);
        }
    }

    // The next turn begins from what is on disk and in memory; a loop that ended would leave a bad canary where it is.
    private void TurnOnce()
    {
        try
        {
            _turn();
            _lastFailure = "";
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            if (error.Message != _lastFailure)
            {
                _lastFailure = error.Message;
                _log.TurnFailed(error);
            }
        }
    }
}

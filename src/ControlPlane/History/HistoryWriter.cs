using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Storage;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;
using MeshInsight.Storage.Schema;

namespace MeshInsight.ControlPlane.History;

/// <summary>
/// Brings decisions, incidents and revisions to ClickHouse, behind the loop's back: nothing waits for it. While ClickHouse is away the newest word on each record waits here, up to a
/// bound; what is given up is counted. The journal on disk stays the truth for decisions.
/// </summary>
internal sealed partial class HistoryWriter : BackgroundService
{
    private const int MaxRecords = 10_000;

    /// <summary>A revision holds a whole snapshot.</summary>
    private const int MaxRevisions = 200;
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ClickHouseClient _client;
    private readonly TelemetryStore _store;
    private readonly TimeProvider _clock;
    private readonly Log _log;
    private readonly WaitingRecords<Decision> _decisions = new(MaxRecords, d => d.Id);
    private readonly WaitingRecords<Incident> _incidents = new(MaxRecords, i => i.Id);
    private readonly WaitingRecords<Revision> _revisions = new(MaxRevisions, r => $"{r.Epoch}/{r.Version}");
    private bool _hasSchema;

    public HistoryWriter(ClickHouseClient client, TimeProvider clock, ILogger<HistoryWriter> logger)
    {
        _client = client;
        _store = new TelemetryStore(client, clock);
        _clock = clock;
        _log = new Log(logger);
    }

    public long Dropped => _decisions.Dropped + _incidents.Dropped + _revisions.Dropped;

    public void Add(Decision decision) => _decisions.Put(decision);

    public void Add(Incident incident) => _incidents.Put(incident);

    public void Add(Revision revision) => _revisions.Put(revision);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = FlushInterval;
        while (true)
        {
            bool isStopping = await PauseAsync(pause, stoppingToken);
            using var lastTry = new CancellationTokenSource(TimeSpan.FromSeconds(2), _clock);
            pause = await TryFlushAsync(isStopping ? lastTry.Token : stoppingToken)
                ? FlushInterval
                : pause * 2 > LongestPause ? LongestPause : pause * 2;
            if (isStopping)
            {
                return;
            }
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken stoppingToken)
    {
        await Task.Delay(pause, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return stoppingToken.IsCancellationRequested;
    }

    private async Task<bool> TryFlushAsync(CancellationToken cancel)
    {
        try
        {
            if (!_hasSchema)
            {
                await new Migrator(_client, _clock).ApplyAsync(cancel);
                _hasSchema = true;
                _log.Reached();
            }

            await FlushAsync(_decisions, _store.InsertDecisionsAsync, cancel);
            await FlushAsync(_incidents, _store.InsertIncidentsAsync, cancel);
            await FlushAsync(_revisions, _store.InsertRevisionsAsync, cancel);
            return true;
        }
        catch (Exception error) when (error is ClickHouseException or SchemaException or OperationCanceledException)
        {
            if (_hasSchema || error is SchemaException)
            {
                _log.Away(error.Message);
            }

            // A server that came back may be a new one, without our tables.
            _hasSchema = false;
            return false;
        }
    }

    private static async Task FlushAsync<T>(WaitingRecords<T> waiting, Func<IEnumerable<T>, CancellationToken, Task> insert, CancellationToken cancel)
        where T : class
    {
        var batch = waiting.Take();
        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            await insert(batch, cancel);
        }
        catch
        {
            waiting.PutBack(batch);
            throw;
        }
    }
}

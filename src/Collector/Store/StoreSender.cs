using System.Collections.Concurrent;
using System.Threading.Channels;
using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Findings;
using MeshInsight.Storage;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Schema;

namespace MeshInsight.Collector.Store;

/// <summary>
/// Sends blocks to ClickHouse, one after the other.
/// here → away: an insert fails; that block and all that follow go to the spool.
/// away → here: the schema is in place and the spool is empty again; asked with growing waits.
/// At the start it is away until the schema is in place. One task runs it; adding is thread-safe.
/// </summary>
internal sealed partial class StoreSender(
    StoreOptions options,
    ClickHouseClient client,
    Spool spool,
    CollectorMeters meters,
    TimeProvider clock,
    ILogger<StoreSender> logger)
{
    private const int ReplaysPerTurn = 8;
    private const int MaxFindings = 10_000;

    private readonly Channel<StoreBlock> _blocks = Channel.CreateUnbounded<StoreBlock>();
    private readonly ConcurrentQueue<Finding> _findings = new();
    private readonly TelemetryStore _store = new(client, clock);
    private readonly Migrator _migrator = new(client, clock);
    private long _pendingBytes;
    private bool _hasSchema;
    private TimeSpan _backoff = options.MinRetry;
    private long _retryAt = long.MinValue;
    private volatile string _awayBecause = "ClickHouse was not asked yet.";

    /// <summary>Why nothing is inserted now; empty while ClickHouse takes everything.</summary>
    public string AwayBecause => _awayBecause;

    public bool IsAway => _awayBecause.Length > 0;

    /// <summary>False: take in nothing more until blocks are stored or spooled.</summary>
    public bool HasRoom => Interlocked.Read(ref _pendingBytes) < options.MaxPendingBytes;

    public void Add(TableInsert insert, long sizeBytes, Action done)
    {
        Interlocked.Add(ref _pendingBytes, sizeBytes);
        _blocks.Writer.TryWrite(new(insert, Guid.NewGuid().ToString("N"), sizeBytes, done));
    }

    /// <summary>Findings are few and each repeats the one before, so they wait in memory, not in the spool.</summary>
    public void AddFindings(IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings)
        {
            _findings.Enqueue(finding);
        }

        while (_findings.Count > MaxFindings && _findings.TryDequeue(out _))
        {
            meters[MeterTable.Lost, "findings"].Add(1);
        }
    }

    /// <summary>No more is added; <see cref="RunAsync"/> ends once everything is stored or spooled.</summary>
    public void Complete() => _blocks.Writer.TryComplete();

    /// <param name="hurry">Cancelled when ClickHouse has had its time at the program's end: what is left goes to the spool.</param>
    public async Task RunAsync(CancellationToken hurry)
    {
        while (true)
        {
            if (IsAway && !hurry.IsCancellationRequested && clock.GetTimestamp() >= _retryAt)
            {
                await ComeBackAsync(hurry);
            }

            await InsertFindingsAsync(hurry);
            if (_blocks.Reader.TryRead(out var block))
            {
                await TakeAsync(block, hurry);
            }
            else if (!await WaitAsync())
            {
                return;
            }
        }
    }

    private async Task<bool> WaitAsync()
    {
        var more = _blocks.Reader.WaitToReadAsync().AsTask();
        if (!IsAway || more.IsCompleted)
        {
            return await more;
        }

        using var stop = new CancellationTokenSource();
        var wait = Task.Delay(UntilRetry(), clock, stop.Token);
        bool ended = await Task.WhenAny(more, wait) == more && !await more;
        await stop.CancelAsync();
        return !ended;
    }

    private async Task TakeAsync(StoreBlock block, CancellationToken hurry)
    {
        if (IsAway || hurry.IsCancellationRequested || !await TryInsertAsync(block, hurry))
        {
            await SpoolAsync(block, hurry);
        }

        block.Done();
        Interlocked.Add(ref _pendingBytes, -block.SizeBytes);
    }

    private async Task<bool> TryInsertAsync(StoreBlock block, CancellationToken hurry)
    {
        try
        {
            await client.InsertAsync(block.Insert, block.Token, hurry);
            meters[MeterTable.Inserts, "stored"].Add(1);
            meters[MeterTable.Inserted, block.Insert.Table].Add(block.Insert.Rows);
            return true;
        }
        catch (ClickHouseException failure)
        {
            meters[MeterTable.Inserts, "failed"].Add(1);
            GoAway(failure.Message, failure);
        }
        catch (OperationCanceledException)
        {
            GoAway("The program is ending.", null);
        }

        return false;
    }

    private async Task SpoolAsync(StoreBlock block, CancellationToken hurry)
    {
        while (true)
        {
            // A full spool is waited out, not overrun; only at the program's end the last blocks may go over the limit.
            if (!spool.IsFull || hurry.IsCancellationRequested)
            {
                try
                {
                    await spool.AddAsync(block, CancellationToken.None);
                    meters[MeterTable.Inserts, "spooled"].Add(1);
                    return;
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    Log.SpoolFailed(logger, options.SpoolDirectory, failure.Message);
                    if (hurry.IsCancellationRequested)
                    {
                        meters[MeterTable.Lost, "spool"].Add(block.Insert.Rows);
                        return;
                    }
                }
            }

            await Task.Delay(UntilRetry(), clock, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ComeBackAsync(hurry);
            if (!IsAway && await TryInsertAsync(block, hurry))
            {
                return;
            }
        }
    }

    private async Task ComeBackAsync(CancellationToken hurry)
    {
        try
        {
            if (!_hasSchema)
            {
                foreach (string migration in await _migrator.ApplyAsync(hurry))
                {
                    Log.Migrated(logger, migration);
                }

                _hasSchema = true;
            }

            for (int replayed = 0; !spool.IsEmpty; replayed++)
            {
                if (replayed == ReplaysPerTurn)
                {
                    // New blocks go to the spool meanwhile; their turn comes, or the queue would stand still behind a long spool.
                    return;
                }

                await ReplayOldestAsync(hurry);
            }

            _awayBecause = "";
            _backoff = options.MinRetry;
            Log.Here(logger, client.Options.Endpoint);
        }
        catch (Exception failure) when (failure is ClickHouseException or SchemaException or IOException)
        {
            GoAway(failure.Message, failure as ClickHouseException);
        }
        catch (OperationCanceledException)
        {
            GoAway("The program is ending.", null);
        }
    }

    private async Task ReplayOldestAsync(CancellationToken hurry)
    {
        try
        {
            var (insert, token) = await SpoolFile.ReadAsync(spool.Oldest, hurry);
            await client.InsertAsync(insert, token, hurry);
            spool.RemoveOldest();
            meters[MeterTable.Inserts, "replayed"].Add(1);
            meters[MeterTable.Inserted, insert.Table].Add(insert.Rows);
        }
        catch (Exception failure) when (failure is InvalidDataException or ClickHouseException { IsRetryable: false } && !LacksSchema(failure))
        {
            string aside = spool.RefuseOldest();
            meters[MeterTable.Inserts, "refused"].Add(1);
            Log.Refused(logger, aside, failure.Message);
        }
    }

    private void GoAway(string because, ClickHouseException? failure)
    {
        if (!IsAway)
        {
            Log.Away(logger, because);
        }

        _awayBecause = because;
        _hasSchema &= failure is null || !LacksSchema(failure);
        _retryAt = clock.GetTimestamp() + (long)(_backoff.TotalSeconds * clock.TimestampFrequency);
        _backoff = TimeSpan.FromTicks(Math.Min(options.MaxRetry.Ticks, _backoff.Ticks * 2));
    }

    // ClickHouse came back with an empty data directory: the schema is made again.
    private static bool LacksSchema(Exception failure) => failure is ClickHouseException { Name: "UNKNOWN_TABLE" or "UNKNOWN_DATABASE" };

    private TimeSpan UntilRetry()
    {
        var left = clock.GetElapsedTime(clock.GetTimestamp(), _retryAt);
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    private async Task InsertFindingsAsync(CancellationToken hurry)
    {
        if (IsAway || _findings.IsEmpty)
        {
            return;
        }

        var findings = new List<Finding>();
        while (_findings.TryDequeue(out var finding))
        {
            findings.Add(finding);
        }

        try
        {
            await _store.InsertFindingsAsync(findings, hurry);
            meters[MeterTable.Inserted, "mesh_findings"].Add(findings.Count);
        }
        catch (Exception failure) when (failure is ClickHouseException or OperationCanceledException)
        {
            GoAway(failure.Message, failure as ClickHouseException);
            AddFindings(findings);
        }
    }
}

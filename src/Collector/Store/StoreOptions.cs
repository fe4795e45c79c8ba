namespace MeshInsight.Collector.Store;

internal sealed record StoreOptions
{
    /// <summary>Rows that make an insert worth sending at once. Default 20,000.</summary>
    public int RowsPerInsert { get; init; } = 20_000;

    /// <summary>Longest time a row waits for company. Default 1 s.</summary>
    public TimeSpan FlushEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The same while ClickHouse is away: fewer, larger files in the spool. Default 5 s.</summary>
    public TimeSpan FlushEveryWhileAway { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of blocks on their way to ClickHouse or the spool; beyond, no more spans are taken from the queue. Default 128 MiB.</summary>
    public long MaxPendingBytes { get; init; } = 128L << 20;

    /// <summary>Folder of the spool.</summary>
    public required string SpoolDirectory { get; init; }

    /// <summary>Bytes on disk; beyond, senders are told to come again. Default 1 GiB.</summary>
    public long MaxSpoolBytes { get; init; } = 1L << 30;

    /// <summary>First wait before ClickHouse is asked again, doubled up to <see cref="MaxRetry"/>. Default 250 ms.</summary>
    public TimeSpan MinRetry { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Default 5 s.</summary>
    public TimeSpan MaxRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>At the program's end ClickHouse is given so long to take what is left; the rest goes to the spool. Default 5 s.</summary>
    public TimeSpan ShutdownPatience { get; init; } = TimeSpan.FromSeconds(5);
}

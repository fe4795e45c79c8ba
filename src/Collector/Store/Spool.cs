using System.Globalization;
using MeshInsight.Collector.Meters;

namespace MeshInsight.Collector.Store;

/// <summary>
/// Blocks on disk while ClickHouse is away, oldest first, also those of an earlier life of the program. When it is full nothing is dropped: the sender
/// waits, the queue fills, and the senders of telemetry are told to come again. One thread.
/// </summary>
internal sealed class Spool
{
    private const string Extension = ".block";

    private readonly string _directory;
    private readonly string _refused;
    private readonly long _capacityBytes;
    private readonly MeterCell _bytesMeter;
    private readonly MeterCell _blocksMeter;
    private readonly MeterCell _lostMeter;
    private readonly Queue<(string Path, long Bytes)> _files = new();
    private long _bytes;
    private long _next;

    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    public Spool(string directory, long capacityBytes, CollectorMeters meters)
    {
        _directory = directory;
        _refused = Path.Combine(directory, "refused");
        _capacityBytes = capacityBytes;
        _bytesMeter = meters[MeterTable.SpoolBytes];
        _blocksMeter = meters[MeterTable.SpoolBlocks];
        _lostMeter = meters[MeterTable.Lost, "refused"];
        Directory.CreateDirectory(directory);
        foreach (string partial in Directory.GetFiles(directory, "*.partial"))
        {
            // The program ended while writing: the block was not acknowledged by the spool, and its head or tail is missing.
            File.Delete(partial);
        }

        foreach (var file in new DirectoryInfo(directory).GetFiles("*" + Extension).OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            Enqueue(file.FullName, file.Length);
            if (long.TryParse(Path.GetFileNameWithoutExtension(file.Name).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                _next = Math.Max(_next, number + 1);
            }
        }
    }

    public bool IsEmpty => _files.Count == 0;

    public bool IsFull => _bytes >= _capacityBytes;

    public string Oldest => _files.Peek().Path;

    public async Task AddAsync(StoreBlock block, CancellationToken cancel)
    {
        string path = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{_next++:D12}-{block.Insert.Table}{Extension}"));
        Enqueue(path, await SpoolFile.WriteAsync(path, block, cancel));
    }

    /// <summary>The oldest block is stored.</summary>
    public void RemoveOldest() => File.Delete(Dequeue());

    /// <summary>ClickHouse will never take the oldest block: it is put aside for a person.</summary>
    /// <returns>Where it is now.</returns>
    public string RefuseOldest()
    {
        string path = Dequeue();
        Directory.CreateDirectory(_refused);
        string aside = Path.Combine(_refused, Path.GetFileName(path));
        File.Move(path, aside, overwrite: true);
        BoundRefused();
        return aside;
    }

    // A quarter of the spool's size is enough to see what was wrong.
    private void BoundRefused()
    {
        var files = new DirectoryInfo(_refused).GetFiles().OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        long bytes = files.Sum(f => f.Length);
        foreach (var oldest in files.SkipLast(1))
        {
            if (bytes <= _capacityBytes / 4)
            {
                return;
            }

            bytes -= oldest.Length;
            oldest.Delete();
            _lostMeter.Add(1);
        }
    }

    private void Enqueue(string path, long bytes)
    {
        _files.Enqueue((path, bytes));
        Count(bytes);
    }

    private string Dequeue()
    {
        var (path, bytes) = _files.Dequeue();
        Count(-bytes);
        return path;
    }

    private void Count(long bytes)
    {
        _bytes += bytes;
        _bytesMeter.Set(_bytes);
        _blocksMeter.Set(_files.Count);
    }
}

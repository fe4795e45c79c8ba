using MeshInsight.Contracts.Limits;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Limits;

/// <summary>
/// What was taken from buckets, so that a restart gives no key its burst again: one line per grant of tokens (some ten a second for each sidecar and busy key), which says
/// when the bucket will be full. Written before the tokens leave, without waiting for the disk: it survives the end of the process, not a loss of power. Lines of buckets
/// that are full by now are left out when it is read, and when it is rewritten after every <see cref="LinesPerFile"/>. A disk that takes no more is logged once, what it missed is counted, and grants go on.
/// Not thread-safe; its ledger holds a lock.
/// </summary>
internal sealed partial class GrantJournal : IDisposable
{
    private const int LinesPerFile = 20_000;

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private JournalFile? _file;
    private int _lines;
    private bool _isFailing;

    public GrantJournal(string dataDirectory, TimeProvider clock, ILogger logger)
    {
        _path = Path.Combine(dataDirectory, "limits.jsonl");
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Grants that could not be written.</summary>
    public long Unwritten { get; private set; }

    /// <summary>Of every bucket that is not full yet; to be called once, first.</summary>
    public IReadOnlyCollection<GrantLine> Open()
    {
        try
        {
            return Rewrite();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <param name="missing">How long the bucket takes to be full.</param>
    public void Write(string limit, string form, LimitKey key, TimeSpan missing)
    {
        try
        {
            if (_file is null || _lines >= LinesPerFile)
            {
                Rewrite();
            }

            _file!.Append(Json.Write(new GrantLine(limit, form, key, _clock.GetUtcNow() + missing)), toDisk: false);
            _lines++;
            if (_isFailing)
            {
                _isFailing = false;
                Log.WritesAgain(_logger, _path, Unwritten);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unwritten++;
            if (!_isFailing)
            {
                _isFailing = true;
                Log.CannotWrite(_logger, _path, e.Message);
            }

            Close();
        }
    }

    public void Dispose() => Close();

    private Dictionary<(string Limit, string Form, LimitKey Key), GrantLine>.ValueCollection Rewrite()
    {
        Close();
        var now = _clock.GetUtcNow();
        var latest = new Dictionary<(string Limit, string Form, LimitKey Key), GrantLine>();
        foreach (string text in JournalFile.ReadLines(_path))
        {
            // Of one bucket the last to be full holds, as two grants may have been written in either order.
            if (TryRead(text) is { } line && line.FullAt > now && (!latest.TryGetValue(line.Bucket, out var known) || known.FullAt < line.FullAt))
            {
                latest[line.Bucket] = line;
            }
        }

        AtomicFile.WriteText(_path, string.Concat(latest.Values.Select(l => Json.Write(l) + "\n")));
        _file = new JournalFile(_path);
        // So many new ones, however many are kept: rewriting stays rare.
        _lines = 0;
        return latest.Values;
    }

    private void Close()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // What was not written by now stays unwritten.
        }

        _file = null;
    }

    private static partial class Log
    {
        [LoggerMessage(3095, LogLevel.Warning, "{Path} cannot be written, so a restart would grant again what global rate limits grant from now on: {Reason}")]
        public static partial void CannotWrite(ILogger logger, string path, string reason);

        [LoggerMessage(3096, LogLevel.Information, "{Path} is written again; {Unwritten} grants since the start are not in it")]
        public static partial void WritesAgain(ILogger logger, string path, long unwritten);
    }

    private static GrantLine? TryRead(string text)
    {
        try
        {
            return Json.Read<GrantLine>(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}

/// <param name="Form">Rate and key of the limit, by which a bucket of another rate is not taken for it.</param>
internal sealed record GrantLine(string Limit, string Form, LimitKey Key, DateTimeOffset FullAt)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public (string Limit, string Form, LimitKey Key) Bucket => (Limit, Form, Key);
}

namespace MeshInsight.LoadGenerator;

/// <summary>Counts outcomes, by second and in total. Thread-safe.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _causes = new(StringComparer.Ordinal);
    private readonly List<double> _latencies = [];
    private readonly long[] _second = new long[Enum.GetValues<Outcome>().Length];
    private readonly long[] _total = new long[Enum.GetValues<Outcome>().Length];
    private long _inFlight;
    private long _sent;
    private long _sentThisSecond;

    public long InFlight => Interlocked.Read(ref _inFlight);

    public void Sent()
    {
        lock (_lock)
        {
            _inFlight++;
            _sent++;
            _sentThisSecond++;
        }
    }

    public void NotSent()
    {
        lock (_lock)
        {
            _second[(int)Outcome.NotSent]++;
            _total[(int)Outcome.NotSent]++;
        }
    }

    /// <param name="millis">From the moment the request was due, so that a slow generator cannot hide a slow shop.</param>
    public void Ended(Outcome outcome, string cause, double millis)
    {
        lock (_lock)
        {
            _inFlight--;
            _second[(int)outcome]++;
            _total[(int)outcome]++;
            _latencies.Add(millis);
            if (cause.Length > 0)
            {
                _causes[cause] = _causes.GetValueOrDefault(cause) + 1;
            }
        }
    }

    /// <summary>The counts since the last call, which begins a new second.</summary>
    public LoadReport TakeSecond(DateTimeOffset now)
    {
        lock (_lock)
        {
            var report = ReportLocked("second", now, _sentThisSecond, _second);
            _sentThisSecond = 0;
            Array.Clear(_second);
            _latencies.Clear();
            return report;
        }
    }

    public LoadReport Total(DateTimeOffset now)
    {
        lock (_lock)
        {
            return ReportLocked("total", now, _sent, _total);
        }
    }

    private LoadReport ReportLocked(string kind, DateTimeOffset now, long sent, long[] counts)
    {
        _latencies.Sort();
        return new LoadReport(
            kind,
            now.ToUnixTimeMilliseconds(),
            sent,
            counts[(int)Outcome.Ok],
            counts[(int)Outcome.FailedByApp],
            counts[(int)Outcome.FailedByMesh],
            counts[(int)Outcome.NotSent],
            _inFlight,
            Quantile(0.5),
            Quantile(0.99),
            new Dictionary<string, long>(_causes));
    }

    private double Quantile(double share) => _latencies.Count == 0 ? 0 : Math.Round(_latencies[(int)(share * (_latencies.Count - 1))], 2);
}

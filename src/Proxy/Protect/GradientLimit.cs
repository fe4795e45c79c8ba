using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>
/// How many requests an app can work on before they only wait in it, learned from how long it takes to answer. Envoy's gradient controller:
/// <code>
/// gradient = min(2, max(0.5, minRTT × (1 + buffer) / median of the newest latencies))
/// limit    = gradient × limit + √(gradient × limit)
/// </code>
/// where we measure minRTT in another way (docs/decisions/0130). One line per transition:
/// <list type="bullet">
/// <item>start → measuring: without a bound, as nothing is known</item>
/// <item>learning → measuring: the interval is over; or less at once did not make it faster; or the limit was the least one five times in a row. Half of what was under way may be</item>
/// <item>measuring → measuring: two measurements disagree by more than the buffer, so the first may have been of a queue; half again</item>
/// <item>measuring → learning: enough requests were measured; or what is under way does not end, so that nothing can be; or somebody would be shed for it who would not be without</item>
/// </list>
/// A measurement sheds only where requests were shed before it, so that an app that is not overloaded loses nobody. What it could not confirm is measured again as
/// soon as somebody is shed. Only requests count that were let in under the limit in force, as others tell of the limit before, and that end two latencies after its
/// begin or later (of the very first measurement: the second fifty), as the first to end are the fast ones. Not thread-safe: its gate holds the lock.
/// </summary>
internal sealed class GradientLimit
{
    // A median of fewer is chance.
    private const int MinSamples = 20;
    private const int LowestInARow = 5;
    private const double LeastGradient = 0.5;
    private const double MostGradient = 2;

    // By so much fewer at once should be faster, if they stood in a queue.
    private const double Fewer = 0.75;
    private const double Faster = 0.9;

    private const int SettleFactor = 2;

    // A busy app ends half of what is under way within one latency. What lasts so much longer is no ordinary request (a long poll).
    private const int StallFactor = 3;

    // Per step. Between two bursts the few requests of a lull tell little, and must not bring the limit below the next burst.
    private const double PeakMemory = 0.98;

    private static readonly TimeSpan LeastStall = TimeSpan.FromMilliseconds(20);

    private readonly AdaptiveConcurrencyConfig _config;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly LatencyWindow _window;
    private double _learned;
    private long _since;
    private TimeSpan _settle;
    private long _lastMeasured;
    private TimeSpan _untilMeasuring;
    private int _peak;
    private double _recentPeak;
    private int _lowest;
    private int _toSkip;
    private bool _hasShed;
    private bool _mayShed;
    private bool _isConfirmed;
    private bool _wasQueueing;
    private bool _isRepeated;
    private (int AtOnce, TimeSpan Median) _before;

    public GradientLimit(AdaptiveConcurrencyConfig config, TimeProvider time, Random random)
    {
        _config = config;
        _time = time;
        _random = random;
        _window = new(random);
        _learned = config.MaxConcurrency;
        Limit = config.MaxConcurrency;
        _since = time.GetTimestamp();
        _toSkip = config.MinRttRequests;
        IsMeasuring = true;
    }

    /// <summary>In force now.</summary>
    public int Limit { get; private set; }

    public bool IsMeasuring { get; private set; }

    /// <summary>Zero before the first measurement.</summary>
    public TimeSpan MinRtt { get; private set; }

    /// <summary>The median latency that was seen last.</summary>
    public TimeSpan SampleRtt { get; private set; }

    /// <summary>A request was let in.</summary>
    /// <param name="working">Under way now, with it.</param>
    public void Began(int working) => _peak = Math.Max(_peak, working);

    /// <summary>A response's head has come.</summary>
    /// <param name="admittedAt">Timestamp at which its request was let in.</param>
    /// <param name="working">Under way now, without it.</param>
    public void Ended(long admittedAt, int working)
    {
        if (admittedAt < _since)
        {
            return;
        }

        long now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_since, now) < _settle || --_toSkip >= 0)
        {
            return;
        }

        _window.Add(_time.GetElapsedTime(admittedAt, now));
        if (IsMeasuring)
        {
            if (_window.Count >= _config.MinRttRequests)
            {
                Measured(_window.Median(), working);
            }
        }
        else if (_window.Count >= MinSamples && _time.GetElapsedTime(_since, now) >= _config.UpdateInterval)
        {
            Learn(_window.Median(), working);
        }
    }

    /// <summary>Ends a measurement that could not begin. To be asked while requests wait.</summary>
    public void GiveUpIfStalled(int working)
    {
        if (!IsMeasuring || _window.Count > 0 || working <= Limit)
        {
            return;
        }

        var patience = Usual * StallFactor > LeastStall ? Usual * StallFactor : LeastStall;
        if (_time.GetElapsedTime(_since) > patience)
        {
            EndMeasuring(working);
        }
    }

    /// <summary>Somebody is about to be shed for want of room.</summary>
    /// <returns>True when there may be room now: a measurement in a time in which nobody is shed ends, rather than be the reason for it.</returns>
    public bool Shed(int working)
    {
        if (IsMeasuring && !_mayShed && Limit < (int)_learned)
        {
            EndMeasuring(working);
            return true;
        }

        _hasShed = true;
        return false;
    }

    private void Learn(TimeSpan median, int working)
    {
        SampleRtt = median;
        double gradient = Math.Clamp(MinRtt.Ticks * Tolerance / Math.Max(1, median.Ticks), LeastGradient, MostGradient);
        int atOnce = Math.Min(Limit, _peak);
        bool isNoQueue = gradient < 1 && atOnce <= Fewer * _before.AtOnce && median >= Faster * _before.Median;
        _before = (atOnce, median);
        _recentPeak = Math.Max(_peak, PeakMemory * _recentPeak);
        // A limit that nobody came near has made nothing slow.
        double limit = gradient * (gradient < 1 ? Math.Min(_learned, 2 * _recentPeak) : _learned);
        _learned = Math.Clamp(limit + Math.Sqrt(limit), _config.MinConcurrency, _config.MaxConcurrency);
        _lowest = _learned <= _config.MinConcurrency ? _lowest + 1 : 0;
        bool isDoubtful = _hasShed && !_isConfirmed;
        if (isNoQueue || isDoubtful || _lowest >= LowestInARow || _time.GetElapsedTime(_lastMeasured) >= _untilMeasuring)
        {
            (_wasQueueing, _mayShed) = (false, _hasShed);
            Measure(working);
        }
        else
        {
            Begin((int)_learned, working);
        }
    }

    private TimeSpan Usual => SampleRtt > MinRtt ? SampleRtt : MinRtt;

    private double Tolerance => 1 + (_config.BufferPercent / 100.0);

    private void Measure(int working)
    {
        IsMeasuring = true;
        Begin(Math.Max(_config.MinConcurrency, Math.Min(Limit, _peak) / 2), working);
    }

    private void Measured(TimeSpan median, int working)
    {
        bool isLess = MinRtt > TimeSpan.Zero && median.Ticks * Tolerance < MinRtt.Ticks;
        bool agrees = !isLess && median.Ticks <= MinRtt.Ticks * Tolerance;
        _wasQueueing |= isLess;
        // Of two that agree one after the other the lower is closer; the one of a minute ago counts for nothing.
        MinRtt = agrees && _isRepeated && MinRtt < median ? MinRtt : median;
        _isRepeated = true;
        _isConfirmed = agrees || Limit <= _config.MinConcurrency;
        if (!agrees && Limit > _config.MinConcurrency)
        {
            Measure(working);
            return;
        }

        if (_wasQueueing)
        {
            // Where latency stopped falling is where the queue was gone.
            _learned = Math.Min(_learned, 2.0 * Limit);
        }

        EndMeasuring(working);
    }

    private void EndMeasuring(int working)
    {
        IsMeasuring = false;
        _isRepeated = false;
        SampleRtt = MinRtt;
        _lowest = 0;
        _before = default;
        _lastMeasured = _time.GetTimestamp();
        _untilMeasuring = _config.MinRttInterval * (1 + (_config.JitterPercent / 100.0 * _random.NextDouble()));
        Begin((int)_learned, working);
    }

    private void Begin(int limit, int working)
    {
        // With fewer in its queue an app answers in so much less time, but never in less than it takes.
        var expected = Usual * Math.Min(1, (double)limit / Math.Max(1, Math.Min(Limit, _peak)));
        _settle = (expected > MinRtt ? expected : MinRtt) * SettleFactor;
        Limit = limit;
        _since = _time.GetTimestamp();
        _peak = working;
        _hasShed = false;
        _window.Clear();
    }
}

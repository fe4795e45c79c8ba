using System.Runtime.InteropServices;

namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary>Drives an OTLP endpoint with traces of several services. Connections and prepared requests are kept from run to run.</summary>
internal sealed class OtlpLoad : IDisposable
{
    private readonly LoadOptions _options;
    private readonly OtlpSender[] _senders;
    private readonly LoadFrame[] _frames;

    /// <param name="seed">Loads of one seed send the same ids.</param>
    public OtlpLoad(LoadOptions options, int seed = 1)
    {
        _options = options;
        _senders = [.. Enumerable.Range(0, options.Connections).Select(_ => new OtlpSender(options.Url, options.IsHttp, options.InFlight))];
        _frames = [.. Enumerable.Range(0, options.Connections * options.InFlight).Select(slot => ShopFrames.Make(options.SpansPerRequest, (seed * 1000) + slot))];
    }

    /// <summary>Bytes of one request.</summary>
    public int RequestBytes => _frames[0].Message.Length;

    public int SpansPerRequest => _frames[0].Spans;

    /// <summary>Sends for that long and waits for the last answer.</summary>
    /// <param name="spansPerSecond">As <see cref="LoadOptions.SpansPerSecond"/>, which it replaces.</param>
    public async Task<LoadResult> RunAsync(TimeSpan duration, double? spansPerSecond = null)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var pace = new Pace(duration, (spansPerSecond ?? _options.SpansPerSecond) / SpansPerRequest);
        var workers = _frames.Select((frame, slot) => Task.Run(() => WorkAsync(_senders[slot % _senders.Length], frame, pace))).ToArray();
        var tallies = await Task.WhenAll(workers);
        var refusals = tallies.SelectMany(tally => tally.Refusals).GroupBy(refusal => refusal.Key).ToDictionary(same => same.Key, same => same.Sum(refusal => refusal.Value));
        double[] millis = [.. tallies.SelectMany(tally => tally.Millis).Order()];
        return new(tallies.Sum(tally => tally.Acknowledged), refusals, millis, pace.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    public void Dispose()
    {
        foreach (var sender in _senders)
        {
            sender.Dispose();
        }
    }

    private async Task<Tally> WorkAsync(OtlpSender sender, LoadFrame frame, Pace pace)
    {
        var tally = new Tally();
        while (await pace.NextAsync() is { } due)
        {
            frame.Renew((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
            var outcome = await sender.SendAsync(frame, CancellationToken.None);
            if (outcome.Refusal is { } code)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(tally.Refusals, code, out _)++;
                await Task.Delay(_options.RefusedPause);
            }
            else
            {
                tally.Acknowledged += outcome.Acknowledged;
                tally.Millis.Add((pace.Elapsed - due).TotalMilliseconds);
            }
        }

        return tally;
    }

    private sealed class Tally
    {
        public long Acknowledged { get; set; }

        public Dictionary<string, long> Refusals { get; } = [];

        public List<double> Millis { get; } = [];
    }

    /// <summary>When the next request is due. Thread-safe.</summary>
    private sealed class Pace(TimeSpan duration, double requestsPerSecond)
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private long _requests = -1;

        public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_started);

        /// <summary>Waits until it is due; null when the time is over.</summary>
        public async ValueTask<TimeSpan?> NextAsync()
        {
            if (requestsPerSecond <= 0)
            {
                var now = Elapsed;
                return now < duration ? now : null;
            }

            var due = TimeSpan.FromSeconds(Interlocked.Increment(ref _requests) / requestsPerSecond);
            if (due >= duration)
            {
                return null;
            }

            var early = due - Elapsed;
            if (early > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(early);
            }

            return due;
        }
    }
}

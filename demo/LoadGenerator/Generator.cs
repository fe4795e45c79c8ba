namespace MeshInsight.LoadGenerator;

/// <summary>Starts requests at a fixed rate, whether or not earlier ones have been answered: a slow shop gets no less traffic (an open loop).</summary>
internal sealed class Generator(LoadOptions options, HttpClient http, Tally tally, TimeProvider clock)
{
    /// <summary>Requests due within one tick start together; at 200 requests/s that is one.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(5);

    private readonly RequestMix _mix = new(options.Seed);
    private readonly Schedule _schedule = new(options.RatePerSecond, options.Ramp);

    /// <summary>Returns after <see cref="LoadOptions.Duration"/> or when stopped; requests may still be on their way.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        long start = clock.GetTimestamp();
        long started = 0;
        using var ticks = new PeriodicTimer(s_tick, clock);
        try
        {
            do
            {
                var elapsed = clock.GetElapsedTime(start);
                bool last = options.Duration > TimeSpan.Zero && elapsed >= options.Duration;
                // A tick that comes late, after the end, still starts what was due before it.
                for (long due = _schedule.DueBy(last ? options.Duration : elapsed); started < due; started++)
                {
                    StartOne(start, started);
                }

                if (last)
                {
                    return;
                }
            }
            while (await ticks.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
    }

    private void StartOne(long start, long index)
    {
        var (method, path) = _mix.Next();
        if (tally.InFlight >= options.MaxInFlight)
        {
            tally.NotSent();
            return;
        }

        tally.Sent();
        _ = SendAsync(method, path, start, _schedule.TimeOf(index));
    }

    private async Task SendAsync(HttpMethod method, string path, long start, TimeSpan due)
    {
        (Outcome Outcome, string Cause) end;
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await http.SendAsync(request);
            end = Classifier.Classify(response.StatusCode, Header(response, Classifier.BlameHeader), Header(response, Classifier.FlagsHeader));
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            end = Classifier.Classify(failure);
        }

        tally.Ended(end.Outcome, end.Cause, (clock.GetElapsedTime(start) - due).TotalMilliseconds);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}

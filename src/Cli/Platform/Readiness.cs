using System.Net;

namespace MeshInsight.Cli.Platform;

/// <summary>Asks <c>/readyz</c> until it says yes.</summary>
internal static class Readiness
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="TimeoutException">It never did; carries the last answer.</exception>
    public static async Task WaitAsync(HttpClient http, Uri readyz, string name, TimeSpan patience, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(patience);
        using var ticks = new PeriodicTimer(s_pause);
        string last;
        do
        {
            var (ready, answer) = await AskAsync(http, readyz, cancellation);
            if (ready)
            {
                return;
            }

            last = answer;
        }
        while (await TickAsync(ticks, limited.Token, cancellation));
        throw new TimeoutException($"{name} says: {last}");
    }

    public static async Task<(bool Ready, string Answer)> AskAsync(HttpClient http, Uri readyz, CancellationToken cancellation)
    {
        try
        {
            using var response = await http.GetAsync(readyz, cancellation);
            // A program without /readyz that answers at all does its work.
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound
                ? (true, "")
                : (false, (await response.Content.ReadAsStringAsync(cancellation)).Trim());
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return (false, failure.Message);
        }
    }

    private static async Task<bool> TickAsync(PeriodicTimer ticks, CancellationToken limited, CancellationToken cancellation)
    {
        try
        {
            return await ticks.WaitForNextTickAsync(limited);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}

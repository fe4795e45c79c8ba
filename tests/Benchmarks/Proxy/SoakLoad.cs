using System.Collections.Concurrent;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>Requests at a steady pace from many callers; each is counted, timed, and its failure kept in words.</summary>
internal sealed class SoakLoad(Uri url, string host) : IDisposable
{
    private const int Callers = 32;
    private const int PerCallerPerSecond = 25;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly ConcurrentQueue<double> _millis = new();

    public int Requests => _millis.Count;

    public int Failed => _failures.Values.Sum();

    public IReadOnlyDictionary<string, int> Failures => _failures;

    public (double P50, double P99, double Max) Millis()
    {
        double[] sorted = [.. _millis.Order()];
        return sorted.Length == 0 ? default : (sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], sorted[^1]);
    }

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAsync(stopping), CancellationToken.None)));

    public void Dispose() => _http.Dispose();

    private async Task CallAsync(CancellationToken stopping)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerCallerPerSecond));
        try
        {
            while (await pace.WaitForNextTickAsync(stopping))
            {
                await OneAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over; the request under way has been waited for.
        }
    }

    private async Task OneAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Host = host } };
            using var response = await _http.SendAsync(request);
            byte[] body = await response.Content.ReadAsByteArrayAsync();
            if ((int)response.StatusCode != 200 || body.Length != 1024)
            {
                Fail($"{(int)response.StatusCode} {(response.Headers.TryGetValues("x-mesh-response-flags", out var flags) ? string.Join(',', flags) : "")} {System.Text.Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 120))}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            Fail(e.GetType().Name + ": " + e.Message);
        }

        _millis.Enqueue(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
    }

    private void Fail(string how) => _failures.AddOrUpdate(how, 1, static (_, count) => count + 1);
}

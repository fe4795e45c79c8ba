using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>
/// Sends requests at the times of a Poisson process, whether or not earlier ones are answered, and measures from the planned time: a client that waited for answers
/// would spare the server just when it is slow.
/// </summary>
internal sealed class OpenLoop(Uri proxy, string authority, string classHeader) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(proxy.Host, proxy.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { Timeout = Patience };

    public async Task<IReadOnlyList<ClassResult>> RunAsync((string Class, double PerSecond)[] offered, TimeSpan duration)
    {
        var results = offered.Select(o => new ClassResult(o.Class)).ToList();
        var plan = Plan(offered, duration);
        var time = TimeProvider.System;
        long start = time.GetTimestamp();
        var sending = new List<Task>(plan.Count);
        foreach (var (at, index) in plan)
        {
            var early = at - time.GetElapsedTime(start);
            if (early > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(early, time);
            }

            sending.Add(SendAsync(results[index], start + (long)(at.TotalSeconds * time.TimestampFrequency)));
        }

        await Task.WhenAll(sending);
        return results;
    }

    public void Dispose() => _client.Dispose();

    private static List<(TimeSpan At, int Index)> Plan((string Class, double PerSecond)[] offered, TimeSpan duration)
    {
        var random = new Random(1);
        var plan = new List<(TimeSpan At, int Index)>();
        for (int index = 0; index < offered.Length; index++)
        {
            double at = 0;
            while ((at += -Math.Log(1 - random.NextDouble()) / offered[index].PerSecond) < duration.TotalSeconds)
            {
                plan.Add((TimeSpan.FromSeconds(at), index));
            }
        }

        plan.Sort();
        return plan;
    }

    private async Task SendAsync(ClassResult result, long planned)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{authority}/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Add(classHeader, result.Class);
        try
        {
            using var response = await _client.SendAsync(request);
            result.Add(response.StatusCode, TimeProvider.System.GetElapsedTime(planned));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            result.Add(0, Patience);
        }
    }
}

/// <summary>What became of the requests of one class. Thread-safe.</summary>
internal sealed class ClassResult(string name)
{
    private readonly ConcurrentBag<double> _servedMillis = [];
    private int _sent;
    private int _shed;

    public string Class => name;

    public int Sent => _sent;

    public int Served => _servedMillis.Count;

    /// <summary>Answered 503; what is neither served nor shed had no answer in time.</summary>
    public int Shed => _shed;

    public void Add(HttpStatusCode status, TimeSpan latency)
    {
        Interlocked.Increment(ref _sent);
        if (status == HttpStatusCode.OK)
        {
            _servedMillis.Add(latency.TotalMilliseconds);
        }
        else if (status == HttpStatusCode.ServiceUnavailable)
        {
            Interlocked.Increment(ref _shed);
        }
    }

    /// <summary>Of those that were served; not a number when none was.</summary>
    public double PercentileMillis(double share)
    {
        double[] sorted = [.. _servedMillis.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }
}

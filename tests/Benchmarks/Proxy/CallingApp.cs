using System.Globalization;
using MeshInsight.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A caller in a process of its own (this program, started again): warms up, says so, and measures when it is told its time has come.</summary>
internal sealed class CallingApp : IAsyncDisposable
{
    /// <summary>First argument of the program in that process.</summary>
    public const string Command = "call";

    public const string Bare = "bare";
    public const string InProcess = "inprocess";
    public const string Instance = "calling";

    private const int AtOnce = 32;
    private const string Result = "result ";
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);

    private readonly ProgramProcess _process;

    private CallingApp(ProgramProcess process) => _process = process;

    public static async Task<CallingApp> StartAsync(string way, Uri url, string directory)
    {
        var process = ProgramProcess.Start(typeof(CallingApp).Assembly.Location, new Dictionary<string, string>
        {
            ["MESH_SERVICE"] = Instance,
            ["MESH_INSTANCE"] = Instance,
            ["MESH_CONTROL_URL"] = "off",
            ["MESH_OTLP_URL"] = "off",
            ["MESH_ACCESS_LOG"] = "off",
            ["MESH_DATA_DIR"] = directory,
            ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
        }, Command, way, url.ToString());
        await process.ListeningAsync("warm");
        return new(process);
    }

    /// <summary>To the end of the process; from when it was warm.</summary>
    public async Task<CallResult> RunAsync()
    {
        await _process.ListeningAsync("done");
        string line = _process.Output.Split('\n').First(l => l.StartsWith(Result, StringComparison.Ordinal));
        double[] figures = [.. line[Result.Length..].Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture))];
        return new((long)figures[0], figures[1], figures[2], figures[3], (long)figures[4]);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    public static async Task<int> CallAsync(string way, string url)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpClient();
        if (way == InProcess)
        {
            builder.AddMeshInsight();
        }

        using var host = builder.Build();
        await host.StartAsync();
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.DefaultRequestHeaders.Host = "upstream.mesh";
        var target = new Uri(url);
        await LoopAsync(client, target, WarmUp);
        Console.WriteLine($"listening warm {url}");
        var before = Environment.CpuUsage.TotalTime;
        var (micros, failed) = await LoopAsync(client, target, Measured);
        double cpu = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        micros.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Result}{micros.Count} {cpu} {micros[micros.Count / 2]} {micros[(int)(micros.Count * 0.99)]} {failed}"));
        Console.WriteLine($"listening done {url}");
        await host.StopAsync();
        return 0;
    }

    private static async Task<(List<double> Micros, long Failed)> LoopAsync(HttpClient client, Uri url, TimeSpan duration)
    {
        long start = TimeProvider.System.GetTimestamp();
        long failed = 0;
        var all = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            var micros = new List<double>();
            while (TimeProvider.System.GetElapsedTime(start) < duration)
            {
                long at = TimeProvider.System.GetTimestamp();
                using var response = await client.GetAsync(url);
                if (!response.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref failed);
                }

                micros.Add(TimeProvider.System.GetElapsedTime(at).TotalMicroseconds);
            }

            return micros;
        }));
        return ([.. all.SelectMany(m => m)], failed);
    }
}

internal readonly record struct CallResult(long Requests, double CpuSeconds, double P50Micros, double P99Micros, long Failed);

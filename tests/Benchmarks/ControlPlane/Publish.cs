extern alias control;

using System.Net.Http.Headers;
using control::MeshInsight.Control.V1;
using control::MeshInsight.ControlPlane;
using MeshInsight.Benchmarks.Harness;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Benchmarks.ControlPlane;

/// <summary>From a decision about a rollout to its weight in every sidecar: real REST, journal on disk, real gRPC, all in this process on one machine.</summary>
internal sealed class Publish : IBenchmark
{
    private const int Services = 10;
    private const int Rounds = 10;

    public string Name => nameof(Publish);

    public string Summary => "Time from a rollout decision to its weight accepted by every sidecar (300 on one machine)";

    public IReadOnlyList<BenchmarkRow> Run() => [RunAsync(30).GetAwaiter().GetResult(), RunAsync(300).GetAwaiter().GetResult()];

    private static async Task<BenchmarkRow> RunAsync(int sidecars)
    {
        string directory = Directory.CreateTempSubdirectory("meshinsight-bench-").FullName;
        try
        {
            return await MeasureAsync(sidecars, directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<BenchmarkRow> MeasureAsync(int sidecars, string directory)
    {
        var options = new ControlPlaneOptions { ApiPort = 0, GrpcPort = 0, DataDirectory = directory, ClickHouse = null };
        await using var app = ControlPlaneHost.Build(options, TimeProvider.System, logging => logging.ClearProviders());
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        string token = (await File.ReadAllTextAsync(options.TokenPath)).Trim();
        using var api = new HttpClient { BaseAddress = new Uri(addresses[0] + "/api/v1/") };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await PostAsync(api, "apply", Resources());

        var arrival = new Arrival(sidecars);
        var connected = new List<BenchSidecar>();
        try
        {
            arrival.Expect(5);
            for (int i = 0; i < sidecars; i++)
            {
                string version = i % Services == 0 && i % 20 == 0 ? "v2" : "v1";
                connected.Add(await BenchSidecar.ConnectAsync(new Uri(addresses[1]), token, $"service-{i % Services}", version, i, arrival.Receive));
            }

            await arrival.WaitAsync();
            return await MeasureChangesAsync(sidecars, api, arrival);
        }
        finally
        {
            await Task.WhenAll(connected.Select(c => c.DisposeAsync().AsTask()));
            await app.StopAsync();
        }
    }

    private static async Task<BenchmarkRow> MeasureChangesAsync(int sidecars, HttpClient api, Arrival arrival)
    {
        var millis = new List<double>();
        var cpu = Environment.CpuUsage.TotalTime;
        for (int round = 0; round < Rounds; round++)
        {
            millis.Add(await TimeAsync(api, arrival, "rollouts/service-0-v2/promote", 100));
            millis.Add(await TimeAsync(api, arrival, "rollouts/service-0-v2/abort", 0));

            // Back to a fresh rollout: the loop ends the rollback, a person resumes, the loop opens the first step.
            arrival.Expect(5);
            while (!await TryPostAsync(api, "rollouts/service-0-v2/resume"))
            {
                await Task.Delay(20);
            }

            await arrival.WaitAsync();
        }

        double cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        millis.Sort();
        return new BenchmarkRow($"{sidecars} sidecars", cpuSeconds,
        [
            new("median", millis[millis.Count / 2], "ms"),
            new("worst", millis[^1], "ms"),
            new("snapshot", arrival.SnapshotBytes, "B"),
            new("CPU per change", cpuSeconds / (Rounds * 3) * 1000, "ms"),
        ]);
    }

    private static async Task<double> TimeAsync(HttpClient api, Arrival arrival, string path, int percent)
    {
        arrival.Expect(percent);
        long started = TimeProvider.System.GetTimestamp();
        await PostAsync(api, path, "");
        await arrival.WaitAsync();
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task PostAsync(HttpClient api, string path, string body)
    {
        using var response = await api.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body));
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private static async Task<bool> TryPostAsync(HttpClient api, string path)
    {
        using var response = await api.PostAsync(new Uri(path, UriKind.Relative), null);
        return response.IsSuccessStatusCode;
    }

    private static string Resources() => string.Join("\n---\n", Enumerable.Range(0, Services).Select(i => $$"""
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: service-{{i}} }
        spec: { ports: [{ name: http, port: 80, protocol: HTTP }], versions: [v1, v2] }
        """).Append("""
        apiVersion: meshinsight.io/v1
        kind: Rollout
        metadata: { name: service-0-v2 }
        spec: { service: service-0, stable: v1, canary: v2, steps: [5, 100], judge: { minimumRequestsPerStep: 1000000 } }
        """));

    /// <summary>Counts the sidecars that have a weight in force.</summary>
    private sealed class Arrival(int sidecars)
    {
        private readonly Lock _lock = new();
        private readonly HashSet<long> _seenBy = [];
        private TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _expected = -1;
        private int _arrived;

        public int SnapshotBytes { get; private set; }

        public void Expect(int percent)
        {
            lock (_lock)
            {
                (_expected, _arrived) = (percent, 0);
                _seenBy.Clear();
                _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public Task WaitAsync()
        {
            lock (_lock)
            {
                return _all.Task.WaitAsync(TimeSpan.FromSeconds(60));
            }
        }

        public void Receive(Snapshot snapshot, int bytes)
        {
            var route = snapshot.Routes.FirstOrDefault(r => r.Service == "service-0");
            int sum = route?.Clusters.Sum(c => c.Weight) ?? 0;
            int percent = sum == 0 ? -1 : 100 * route!.Clusters.Where(c => c.Cluster == "service-0/v2").Sum(c => c.Weight) / sum;
            lock (_lock)
            {
                SnapshotBytes = Math.Max(SnapshotBytes, bytes);

                // Each snapshot reaches each sidecar once, so answers to the newest version with this weight are counted.
                if (percent != _expected)
                {
                    return;
                }

                if (_seenBy.Add(snapshot.Version))
                {
                    _arrived = 0;
                }

                if (++_arrived == sidecars)
                {
                    _all.TrySetResult();
                }
            }
        }
    }
}

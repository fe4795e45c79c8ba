using System.Collections.Concurrent;
using MeshInsight.Cli.Api;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Supervision;

namespace MeshInsight.Cli.Demo;

/// <summary>Starts instances of the shop with their sidecars, and remembers where each takes its faults.</summary>
internal sealed class ShopStart(ShopPlan plan, PlatformPrograms programs, Supervisor supervisor, StartProgress progress, MeshApi api, TimeProvider clock)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_warmUpLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_promptly = TimeSpan.FromMilliseconds(200);
    private const int MaxVisits = 30;
    private const int PromptWalks = 8;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Uri> _faults = new();

    /// <summary>All stable instances; returns when every sidecar takes requests and the control plane knows every instance as ready.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        progress.Set("shop", StartPhase.Starting);
        await FailFast.WhenAllAsync([.. plan.Stable.Select(instance => StartAsync(instance, cancellation))]);
        await ReadyAsync([.. plan.Stable], cancellation);
        progress.Set("shop", StartPhase.Ready);
    }

    /// <summary>
    /// One visitor alone walks through the shop until every page works and comes promptly: the first requests through a fresh program wait for the compiler, and a crowd
    /// that waits with them would count as failed. On a machine that stays busy that is given up after <see cref="s_warmUpLimit"/>.
    /// </summary>
    public async Task WarmAsync(HttpClient http, CancellationToken cancellation)
    {
        long begun = clock.GetTimestamp();
        int prompt = 0;
        do
        {
            prompt = await WalkAsync(http, cancellation) < s_promptly ? prompt + 1 : 0;
        }
        while (prompt < PromptWalks && clock.GetElapsedTime(begun) < s_warmUpLimit);
    }

    /// <returns>How long the slowest page took.</returns>
    /// <exception cref="TimeoutException">A page goes on failing.</exception>
    private async Task<TimeSpan> WalkAsync(HttpClient http, CancellationToken cancellation)
    {
        var slowest = TimeSpan.Zero;
        foreach (var (method, path) in ShopPlan.Pages)
        {
            long asked = clock.GetTimestamp();
            string answer;
            int tries = 0;
            while ((answer = await VisitAsync(http, method, path, cancellation)).Length > 0)
            {
                if (++tries == MaxVisits)
                {
                    throw new TimeoutException($"{method} {path} at the shop's front door fails: {answer}");
                }

                await Task.Delay(s_pause, clock, cancellation);
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, clock.GetElapsedTime(asked).Ticks));
        }

        return slowest;
    }

    /// <summary>The app and its sidecar; returns when both listen.</summary>
    public async Task StartAsync(SidecarPlan instance, CancellationToken cancellation)
    {
        var app = supervisor.Start(plan.App(instance));
        var sidecar = supervisor.Start(programs.Sidecar(instance));
        await FailFast.WhenAllAsync(app.ListeningAsync("app"), sidecar.ListeningAsync("inbound"), sidecar.ListeningAsync("outbound")).WaitAsync(s_patience, cancellation);
        _faults[instance.Instance] = await app.ListeningAsync("faults").WaitAsync(s_patience, cancellation);
    }

    public FaultClient Faults(HttpClient http, string instance) => new(http, _faults[instance]);

    /// <summary>Waits until the control plane counts these instances as endpoints and every sidecar has the newest snapshot.</summary>
    public async Task ReadyAsync(IReadOnlyCollection<SidecarPlan> instances, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(s_patience);
        string missing = "the control plane did not answer";
        using var ticks = new PeriodicTimer(s_pause);
        try
        {
            do
            {
                missing = await MissingAsync(instances, cancellation);
            }
            while (missing.Length > 0 && await ticks.WaitForNextTickAsync(limited.Token));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The shop was not ready after {s_patience.TotalSeconds} s: {missing}.");
        }
    }

    /// <returns>Empty when the page came.</returns>
    private async Task<string> VisitAsync(HttpClient http, HttpMethod method, string path, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(plan.EntryUrl, path));
            using var response = await http.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode ? "" : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}".Trim();
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return failure.Message;
        }
    }

    /// <returns>Empty when nothing is missing.</returns>
    private async Task<string> MissingAsync(IReadOnlyCollection<SidecarPlan> instances, CancellationToken cancellation)
    {
        try
        {
            var known = (await api.InstancesAsync(cancellation)).Where(instance => instance.Ready).ToDictionary(instance => instance.InstanceId);
            var missing = instances.Where(instance => !known.ContainsKey(instance.Instance)).Select(instance => instance.Instance).ToList();
            if (missing.Count > 0)
            {
                return "not ready: " + string.Join(", ", missing);
            }

            var status = await api.StatusAsync(cancellation);
            return status.Confirmed == status.Proxies ? "" : $"{status.Proxies - status.Confirmed} sidecars have not confirmed snapshot {status.Version}";
        }
        catch (MeshApiException failure) when (failure.IsUnreachable)
        {
            return failure.Message;
        }
    }
}

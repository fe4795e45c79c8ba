using System.Collections.Concurrent;
using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Health;

/// <summary>
/// Checks the endpoints of clusters that are called and whose policy asks for it, each at its own time within the interval. One loop owns the schedule; a
/// check that runs never delays another. What checks say is in <see cref="EndpointHealth.IsUnhealthy"/>.
/// </summary>
internal sealed class ActiveHealthChecker(
    Func<IReadOnlyCollection<ClusterState>> clusters, IReadOnlyDictionary<HealthCheckKind, IHealthProbe> probes, TimeProvider time, Random random)
{
    // How soon a new snapshot is noticed.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<EndpointState, EndpointCheck> _checks = [];
    private readonly ConcurrentDictionary<string, (long Checks, long Failures)> _counts = new(StringComparer.OrdinalIgnoreCase);
    private long _round;

    /// <summary>Checks of a cluster since the sidecar's start.</summary>
    public (long Checks, long Failures) Counts(string cluster) => _counts.GetValueOrDefault(cluster);

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await Task.Delay(BeginDue(stopping), time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(_checks.Values.Select(c => c.Running));
        }
    }

    /// <returns>Until the next check is due.</returns>
    private TimeSpan BeginDue(CancellationToken stopping)
    {
        _round++;
        long now = time.GetTimestamp();
        long next = now + Ticks(LongestPause);
        foreach (var cluster in clusters())
        {
            if (cluster.Config.Policy.HealthCheck is { } config && cluster.Memory.IsUsed)
            {
                foreach (var endpoint in cluster.Endpoints)
                {
                    next = Math.Min(next, BeginDue(cluster.Config, endpoint, config, now, stopping));
                }
            }
        }

        Forget();
        return TimeSpan.FromMilliseconds(Math.Max(1, time.GetElapsedTime(now, next).TotalMilliseconds));
    }

    private long BeginDue(ClusterConfig cluster, EndpointState endpoint, HealthCheckConfig config, long now, CancellationToken stopping)
    {
        if (!_checks.TryGetValue(endpoint, out var check))
        {
            // Somewhere within the interval, so that a thousand sidecars do not ask at the same moment.
            _checks[endpoint] = check = new EndpointCheck(endpoint) { Due = now + (long)(Ticks(config.Interval) * random.NextDouble()) };
        }

        // An endpoint of two clusters is checked once.
        bool isFirst = check.Round != _round;
        check.Round = _round;
        if (isFirst && now >= check.Due && check.Running.IsCompleted)
        {
            check.Due = now + Ticks(config.Interval);
            check.Running = CheckAsync(cluster, check, config, stopping);
        }

        return check.Due > now ? check.Due : now + Ticks(config.Interval);
    }

    private async Task CheckAsync(ClusterConfig cluster, EndpointCheck check, HealthCheckConfig config, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(config.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        bool isGood = false;
        try
        {
            isGood = await probes[config.Kind].CheckAsync(cluster, check.Endpoint.Config, config, either.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or SocketException or OperationCanceledException)
        {
            if (stopping.IsCancellationRequested)
            {
                return;
            }
        }

        // Counted before it takes effect, so that whoever sees the effect sees the count.
        _counts.AddOrUpdate(cluster.Name, (1, isGood ? 0 : 1), (_, before) => (before.Checks + 1, before.Failures + (isGood ? 0 : 1)));
        check.Take(isGood, config);
    }

    // Gone from the mesh, or its policy has no checks any more: then nothing is known about it.
    private void Forget()
    {
        foreach (var (endpoint, check) in _checks)
        {
            if (check.Round != _round && check.Running.IsCompleted)
            {
                _checks.Remove(endpoint);
                endpoint.Health.IsUnhealthy = false;
            }
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}

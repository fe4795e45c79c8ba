using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Tcp;

/// <summary>
/// Connections whose bytes go to a service. One step per transition:
/// <list type="bullet">
/// <item>begin → dial: a route was found, a cluster drawn, its circuit breaker admitted the connection; else NR, NC or UO.</item>
/// <item>dial → relay: an endpoint took the connection. Whatever it does from now on is the app's: no byte is ever sent twice.</item>
/// <item>dial → dial: it did not, and there is another one; nothing was sent, so trying again is always safe.</item>
/// <item>dial → refused: nobody took it (UF), or nobody is there (UH).</item>
/// </list>
/// </summary>
internal sealed class OutboundTcp(CircuitBreakers breakers, EndpointDialer dialer, TryFeedback feedback, TcpPath path, TimeProvider time, Random random)
{
    // Kuma's default for connections.
    private const int MaxAttempts = 5;

    /// <summary>To wherever the route leads.</summary>
    /// <param name="route">Null to refuse the connection.</param>
    /// <param name="noRoute">Why there is none.</param>
    public Task<TcpRecord> RunAsync(ByteConnection client, CompiledRoute? route, string noRoute) =>
        route is null ? RefuseAsync(client, ResponseFlags.NoRoute, noRoute) : RunAsync(client, route);

    public Task<TcpRecord> RefuseAsync(ByteConnection client, ResponseFlags flags, string reason) => path.RunAsync(client, isInbound: false, record =>
    {
        TcpPath.Refuse(record, flags, reason);
        return Task.CompletedTask;
    });

    private Task<TcpRecord> RunAsync(ByteConnection client, CompiledRoute route) => path.RunAsync(client, isInbound: false, async record =>
    {
        record.RouteName = route.Config.Name;
        record.Peer = new(route.Config.Service, "", "");
        var cluster = route.PickCluster(random, out var backend);
        record.ClusterName = backend.Cluster;
        if (cluster is null)
        {
            TcpPath.Refuse(record, ResponseFlags.NoCluster, route.WhyNoCluster(backend));
            return;
        }

        await AdmitAsync(client, cluster, Target(route, cluster), record);
    });

    // A route of bytes to what speaks HTTP is one to a gateway that is to lead them on.
    private static string Target(CompiledRoute route, ClusterState cluster) => route.Config.IsBytes && cluster.Config.Protocol != ClusterProtocol.Tcp
        ? string.Create(CultureInfo.InvariantCulture, $"{route.Config.Service}:{route.Config.Port}")
        : "";

    private async Task AdmitAsync(ByteConnection client, ClusterState cluster, string target, TcpRecord record)
    {
        record.Peer = new(cluster.Config.Service, cluster.Config.Version, "");
        if (breakers.For(cluster.Config) is not { } breaker)
        {
            await ConnectAsync(client, cluster, target, record);
            return;
        }

        using var patience = new CancellationTokenSource(cluster.Config.Policy.Tcp.ConnectTimeout, time);
        if (await breaker.EnterAsync(sharesConnections: false, patience.Token, path.Stopping) != BreakerAnswer.Admitted)
        {
            TcpPath.Refuse(record, ResponseFlags.UpstreamOverflow, $"{cluster.Config.Name} has as many connections as its circuit breaker allows");
            return;
        }

        try
        {
            await ConnectAsync(client, cluster, target, record);
        }
        finally
        {
            breaker.Exit();
        }
    }

    private async Task ConnectAsync(ByteConnection client, ClusterState cluster, string target, TcpRecord record)
    {
        ulong hash = Affinity.Hash(cluster.Config.Policy.Balancer.Hash, client.Remote?.Address);
        EndpointState? endpoint = null;
        while (record.Attempts < MaxAttempts && cluster.Pick(random, endpoint, hash) is { } picked && picked != endpoint)
        {
            endpoint = picked;
            endpoint.Begin();
            TimeSpan? took = null;
            bool isMade = false;
            try
            {
                var (dialed, elapsed) = await DialAsync(cluster, endpoint, target, record);
                if (dialed.Connection is { } upstream)
                {
                    (isMade, took) = (true, elapsed);
                    await using (upstream)
                    {
                        await path.RelayAsync(record, client, upstream, cluster.Config.Policy.Tcp.IdleTimeout);
                    }

                    return;
                }

                if (dialed.RefusedAs != ResponseFlags.None)
                {
                    // The gateway is there, and its word holds: another one would say the same.
                    (isMade, took) = (true, elapsed);
                    TcpPath.Refuse(record, dialed.RefusedAs, dialed.Problem);
                    return;
                }
            }
            finally
            {
                endpoint.End(took, !isMade);
            }
        }

        TcpPath.Refuse(
            record,
            endpoint is null ? ResponseFlags.NoHealthyUpstream : ResponseFlags.UpstreamConnectFailure,
            endpoint is null ? $"no endpoint of {cluster.Config.Name} may be used" : $"no endpoint of {cluster.Config.Name} took the connection");
    }

    private async Task<(DialResult Dialed, TimeSpan Took)> DialAsync(ClusterState cluster, EndpointState endpoint, string target, TcpRecord record)
    {
        var config = endpoint.Config;
        record.Attempts++;
        record.Peer = new(cluster.Config.Service, config.Version, config.InstanceId);
        record.Address = config.Address;
        long start = time.GetTimestamp();
        var dialed = await dialer.DialAsync(config, target, cluster.Config.Policy.Tcp.ConnectTimeout, path.Stopping);
        (record.PeerPrincipal, record.TransportFailure) = (dialed.Principal, dialed.RefusedAs == ResponseFlags.None ? dialed.Problem : "");
        // At once: an ejected endpoint's one probe must not last as long as its connection.
        feedback.Learn(cluster, endpoint, isConnected: dialed.Connection is not null || dialed.RefusedAs != ResponseFlags.None);
        return (dialed, time.GetElapsedTime(start));
    }
}

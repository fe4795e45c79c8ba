using System.Security.Cryptography;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Tcp;

/// <summary>Connections of bytes from a gateway's TCP listener through two sidecars to an app.</summary>
public sealed class TcpRelayTests
{
    private const string Opened = "istio_tcp_connections_opened_total";

    [Fact]
    public async Task Connection_PassesBothSidecarsWithinMutualTls_AndIsInTheBooksOfBoth()
    {
        await using var rig = await TcpRig.StartAsync();
        await using (var client = await rig.ConnectAsync())
        {
            Assert.Equal("db heard hello", await client.AskAsync("hello"));
            // While it lives.
            Assert.Equal(6, await TcpRig.MetricAsync(rig.Edge, "istio_tcp_received_bytes_total", "destination_service_name=\"db\"", "reporter=\"source\""));
            Assert.Equal(15, await TcpRig.MetricAsync(rig.Edge, "istio_tcp_sent_bytes_total", "destination_service_name=\"db\""));
            await client.FinishAsync();
            Assert.Equal("db saw the end", await client.ReadAsync());
            Assert.Null(await client.ReadAsync());
        }

        await TcpRig.ClosedAsync(rig.Edge, "-");
        await TcpRig.ClosedAsync(rig.Callee, "-");
        Assert.Equal(1, await TcpRig.MetricAsync(rig.Edge, Opened, "request_protocol=\"tcp\"", $"destination_principal=\"{TestAuthority.IdOf("db")}\""));
        Assert.Equal(1, await TcpRig.MetricAsync(rig.Callee, Opened, "reporter=\"destination\"", "source_app=\"edge\"", "connection_security_policy=\"mutual_tls\""));
        var atEdge = Assert.Single(await rig.Mesh.StopAndReadLogAsync(rig.Edge), l => l.GetProperty("reporter").GetString() == "source");
        Assert.Equal(("TCP", "-", 6, 30), (atEdge.GetProperty("protocol").GetString(), atEdge.GetProperty("response_flags").GetString(), atEdge.GetProperty("bytes_received").GetInt32(), atEdge.GetProperty("bytes_sent").GetInt32()));
        Assert.Equal(("db/v1", TestAuthority.IdOf("db")), (atEdge.GetProperty("upstream_cluster").GetString(), atEdge.GetProperty("upstream_peer_uri_san").GetString()));
        var atCallee = Assert.Single(await rig.Mesh.StopAndReadLogAsync(rig.Callee), l => l.GetProperty("reporter").GetString() == "destination");
        Assert.Equal(TestAuthority.IdOf("edge"), atCallee.GetProperty("downstream_peer_uri_san").GetString());
    }

    [Fact]
    public async Task OtlpMetrics_AtTheEnd_EqualTheMetricsPage()
    {
        await using var rig = await TcpRig.StartAsync();
        await using (var client = await rig.ConnectAsync())
        {
            await client.AskAsync("hello");
            await client.EndAsync();
        }

        string[] names = [Opened, "istio_tcp_connections_closed_total", "istio_tcp_received_bytes_total", "istio_tcp_sent_bytes_total"];
        await TcpRig.ClosedAsync(rig.Edge, "-");
        var page = new List<double>();
        foreach (string name in names)
        {
            page.Add(await TcpRig.MetricAsync(rig.Edge, name));
        }

        await rig.Edge.StopAsync();

        var batch = rig.Mesh.Sink.Metrics!;
        double Sum(string name) => batch.Numbers.Span.ToArray().Where(p => batch.Symbols.GetString(batch.Metrics[p.Point.Metric].Name) == name).Sum(p => (double)p.Int);
        Assert.Equal("edge", batch.Symbols.GetString(batch.Resources[0].ServiceName));
        Assert.Equal(page, names.Select(Sum));
        Assert.Equal((1, 1, 6), (page[0], page[1], page[2]));
        Assert.All(batch.Metrics.Span.ToArray().Where(m => names.Contains(batch.Symbols.GetString(m.Name))), m => Assert.Equal((Temporality.Cumulative, true), (m.Temporality, m.IsMonotonic)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_SpeaksFirst_IsHeardAtOnce(bool isSecure)
    {
        await using var rig = await TcpRig.StartAsync(TcpApp.Start("db", greets: true), isSecure);

        await using var client = await rig.ConnectAsync();

        Assert.Equal("db greets", await client.ReadAsync());
        Assert.Equal("db heard x", await client.AskAsync("x"));
    }

    [Fact]
    public async Task Client_Resets_TheAppsConnectionEndsToo()
    {
        await using var rig = await TcpRig.StartAsync();
        await using var client = await rig.ConnectAsync();
        await client.AskAsync("x");

        client.Reset();

        await TcpRig.ClosedAsync(rig.Edge, "DC");
        await TcpRig.ClosedAsync(rig.Callee, "DC");
    }

    [Fact]
    public async Task App_IsAway_TheConnectionIsReset_AndBothSayWhose()
    {
        await using var rig = await TcpRig.StartAsync();
        await rig.App.DisposeAsync();

        await using var client = await rig.ConnectAsync();

        Assert.True(await client.IsClosedAsync());
        await TcpRig.ClosedAsync(rig.Callee, "UF");
        await TcpRig.ClosedAsync(rig.Edge, "UC");
    }

    [Fact]
    public async Task Endpoint_TakesNoConnection_AnotherOneDoes()
    {
        using var closed = new ClosedPort();
        await using var rig = await TcpRig.StartAsync(before: r => r.Cluster.Endpoints.Add(new Endpoint { InstanceId = "dead", Address = closed.Address, KeepPercent = 100, Identity = TestAuthority.IdOf("db") }));

        for (int i = 0; i < 10; i++)
        {
            await using var client = await rig.ConnectAsync();
            Assert.Equal("db heard x", await client.AskAsync("x"));
            await client.EndAsync();
        }

        await TcpRig.ClosedAsync(rig.Edge, "-", 10);
        Assert.Contains(await rig.Mesh.StopAndReadLogAsync(rig.Edge), l => l.GetProperty("reporter").GetString() == "source" && l.GetProperty("attempts").GetInt32() == 2);
    }

    [Fact]
    public async Task Endpoint_ThatTakesNoConnections_IsEjected()
    {
        using var closed = new ClosedPort();
        await using var rig = await TcpRig.StartAsync(before: r =>
        {
            r.Cluster.Endpoints.Add(new Endpoint { InstanceId = "dead", Address = closed.Address, KeepPercent = 100 });
            r.Cluster.Policy = new() { Balancer = TrafficPolicy.Types.Balancer.RoundRobin, Outlier = new() { ConsecutiveGatewayErrors = 1, IntervalMillis = 10_000, BaseEjectionMillis = 60_000, MaxEjectionMillis = 60_000, MaxEjectionPercent = 50 } };
        });

        for (int i = 0; i < 4; i++)
        {
            await using var client = await rig.ConnectAsync();
            Assert.Equal("db heard x", await client.AskAsync("x"));
        }

        Assert.Equal(1, await TcpRig.MetricAsync(rig.Edge, "envoy_cluster_outlier_detection_ejections_active"));
    }

    [Theory]
    [InlineData("away", "UF", "no endpoint of db/v1 took the connection")]
    [InlineData("none", "UH", "no endpoint of db/v1 may be used")]
    [InlineData("unknown", "NC", "route db names cluster db/v2, which does not exist")]
    [InlineData("weightless", "NC", "route db has no cluster with a weight above 0")]
    [InlineData("impostor", "UF", "no endpoint of db/v1 took the connection")]
    [InlineData("routeless", "NR", "no route of listener main serves")]
    public async Task Connection_ThatCannotBeServed_IsClosedAndCountedByReason(string situation, string flags, string reason)
    {
        using var closed = new ClosedPort();
        await using var rig = await TcpRig.StartAsync(before: rig =>
        {
            var route = rig.Listener.Hosts[0].Routes[0];
            switch (situation)
            {
                case "away":
                    rig.Cluster.Endpoints[0].Address = closed.Address;
                    break;
                case "none":
                    rig.Cluster.Endpoints.Clear();
                    break;
                case "unknown":
                    route.Clusters[0].Cluster = "db/v2";
                    break;
                case "weightless":
                    route.Clusters[0].Weight = 0;
                    break;
                case "impostor":
                    rig.Cluster.Endpoints[0].Identity = TestAuthority.IdOf("other");
                    break;
                case "routeless":
                    rig.Listener.Hosts.Clear();
                    break;
            }
        });

        await using var client = await rig.ConnectAsync();

        Assert.True(await client.IsClosedAsync());
        await TcpRig.ClosedAsync(rig.Edge, flags);
        Assert.Equal(0, rig.App.Heard);
        var record = await Eventually.GetAsync(() => Task.FromResult(rig.Records("edge").FirstOrDefault()), r => r.Event is not null);
        Assert.Equal("mesh.connection.failed", record.Event);
        Assert.Matches($"^\\[[^]]+\\] \"- - -\" 0 {flags} - \"{reason}", record.Line);
        var line = Assert.Single(await rig.Mesh.StopAndReadLogAsync(rig.Edge), l => l.GetProperty("reporter").GetString() == "source");
        Assert.StartsWith(reason, line.GetProperty("connection_termination_details").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CircuitBreaker_BoundsConnections()
    {
        await using var rig = await TcpRig.StartAsync(before: r => r.Cluster.Policy = new() { Breaker = new() { MaxConnections = 1, MaxPendingRequests = 0, MaxRequests = 100, MaxRetries = 1 } });
        await using var first = await rig.ConnectAsync();
        Assert.Equal("db heard x", await first.AskAsync("x"));

        await using var second = await rig.ConnectAsync();

        Assert.True(await second.IsClosedAsync());
        await TcpRig.ClosedAsync(rig.Edge, "UO");
        await first.FinishAsync();
        await TcpRig.ClosedAsync(rig.Edge, "-");
        await using var third = await rig.ConnectAsync();
        Assert.Equal("db heard x", await third.AskAsync("x"));
    }

    [Fact]
    public async Task IdleTimeout_OfThePolicy_EndsWhatIsSilent_AtBothEnds()
    {
        await using var rig = await TcpRig.StartAsync(before: r => r.Cluster.Policy = new() { Tcp = new() { ConnectTimeoutMillis = 5000, IdleTimeoutMillis = 300 } });
        await using var atEdge = await rig.ConnectAsync();
        await using var atCallee = await TcpCaller.ConnectAsync(rig.CalleePort);
        Assert.Equal("db heard x", await atEdge.AskAsync("x"));
        Assert.Equal("db heard y", await atCallee.AskAsync("y"));

        Assert.True(await atEdge.IsClosedAsync());
        Assert.True(await atCallee.IsClosedAsync());

        await Eventually.GetAsync(async () => await ClosedAsync(rig.Edge, "SI") + await ClosedAsync(rig.Callee, "SI"), idle => idle >= 2);
    }

    [Fact]
    public async Task ConnectTimeout_OfThePolicy_IsForConnectionAndHandshake()
    {
        // Accepts, and never shakes hands.
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        await using var rig = await TcpRig.StartAsync(before: r =>
        {
            r.Cluster.Endpoints[0].Address = mute.LocalEndpoint.ToString();
            r.Cluster.Policy = new() { Tcp = new() { ConnectTimeoutMillis = 200, IdleTimeoutMillis = 0 } };
        });

        await using var client = await rig.ConnectAsync();

        Assert.True(await client.IsClosedAsync());
        await TcpRig.ClosedAsync(rig.Edge, "UF");
        var line = Assert.Single(await rig.Mesh.StopAndReadLogAsync(rig.Edge), l => l.GetProperty("reporter").GetString() == "source");
        Assert.Equal("no connection within 0.2 s", line.GetProperty("upstream_transport_failure_reason").GetString());
    }

    [Fact]
    public async Task Relays_BeyondTheMost_AreClosed()
    {
        await using var rig = await TcpRig.StartAsync(edge: o => o with { MaxRelays = 1 });
        await using var first = await rig.ConnectAsync();
        Assert.Equal("db heard x", await first.AskAsync("x"));

        await using var second = await rig.ConnectAsync();

        Assert.True(await second.IsClosedAsync());
        await TcpRig.ClosedAsync(rig.Edge, "OM");
        Assert.Equal("db heard y", await first.AskAsync("y"));
    }

    [Fact]
    public async Task Stop_LetsOpenConnectionsFinish()
    {
        await using var rig = await TcpRig.StartAsync(edge: o => o with { DrainTimeout = TimeSpan.FromMinutes(1) });
        await using var client = await rig.ConnectAsync();
        await client.AskAsync("before");

        var stopping = rig.Edge.StopAsync();
        await Eventually.GetAsync(() => CannotConnectAsync(rig), refused => refused);
        Assert.Equal("db heard after", await client.AskAsync("after"));
        Assert.False(stopping.IsCompleted);
        await client.FinishAsync();
        Assert.Equal("db saw the end", await client.ReadAsync());

        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Stop_EndsWhatTakesTooLong()
    {
        await using var rig = await TcpRig.StartAsync(edge: o => o with { DrainTimeout = TimeSpan.FromMilliseconds(300) });
        await using var client = await rig.ConnectAsync();
        await client.AskAsync("x");

        await rig.Edge.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.True(await client.IsClosedAsync());
        Assert.Contains(await rig.Mesh.StopAndReadLogAsync(rig.Edge), l => l.GetProperty("response_flags").GetString() == "LR");
    }

    [Fact]
    public async Task Megabytes_PassUnchanged()
    {
        await using var rig = await TcpRig.StartAsync();
        await using var client = await rig.ConnectAsync();

        for (int i = 0; i < 20; i++)
        {
            string line = Convert.ToHexString(RandomNumberGenerator.GetBytes(100_000));
            Assert.Equal("db heard " + line, await client.AskAsync(line));
        }
    }

    private static Task<double> ClosedAsync(Sidecar sidecar, string flags) => TcpRig.MetricAsync(sidecar, "istio_tcp_connections_closed_total", $"response_flags=\"{flags}\"");

    private static async Task<bool> CannotConnectAsync(TcpRig rig)
    {
        try
        {
            await using var late = await rig.ConnectAsync();
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }
}

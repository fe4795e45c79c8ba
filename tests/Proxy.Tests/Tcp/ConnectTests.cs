using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Tests.Support;
using TrafficPolicy = MeshInsight.Control.V1.TrafficPolicy;

namespace MeshInsight.Proxy.Tests.Tcp;

/// <summary>Connections that an app asks its sidecar's outbound listener for.</summary>
public sealed class ConnectTests
{
    [Fact]
    public async Task Connect_ToAServiceOfBytes_PassesWithinMutualTls_AndIsInTheBooksOfBoth()
    {
        var (rig, caller) = await StartAsync();
        await using var _ = rig;

        var (client, answer) = await TcpCaller.ConnectThroughAsync(Port(caller), "db.mesh:5432");

        Assert.Equal("HTTP/1.1 200 Connection established\r\n\r\n", answer);
        Assert.Equal("db heard hello", await client.AskAsync("hello"));
        await client.FinishAsync();
        Assert.Equal("db saw the end", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
        await TcpRig.ClosedAsync(caller, "-");
        await TcpRig.ClosedAsync(rig.Callee, "-");
        // The proxy's own words are no bytes of the connection.
        Assert.Equal(30, await TcpRig.MetricAsync(caller, "istio_tcp_sent_bytes_total", "destination_service_name=\"db\"", $"destination_principal=\"{TestAuthority.IdOf("db")}\""));
        Assert.Equal(1, await TcpRig.MetricAsync(rig.Callee, "istio_tcp_connections_opened_total", "source_app=\"web\"", "connection_security_policy=\"mutual_tls\""));
        var line = Assert.Single(await rig.Mesh.StopAndReadLogAsync(caller), l => l.GetProperty("reporter").GetString() == "source");
        Assert.Equal(("db", "db/v1", 6), (line.GetProperty("route_name").GetString(), line.GetProperty("upstream_cluster").GetString(), line.GetProperty("bytes_received").GetInt32()));
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Connect_ServerOrClientSpeaksAtOnce_NothingIsLost()
    {
        var (rig, caller) = await StartAsync(TcpApp.Start("db", greets: true));
        await using var _ = rig;

        var (client, _) = await TcpCaller.ConnectThroughAsync(Port(caller), "db:5432", after: "early\n");

        Assert.Equal("db greets", await client.ReadAsync());
        Assert.Equal("db heard early", await client.ReadAsync());
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData("nobody.example.com:443", "", "404", "NR", "nobody has declared nobody.example.com: add an ExternalService with this host and port 443, protocol TLS or TCP")]
    [InlineData("checkout.mesh:443", "", "404", "NR", "checkout.mesh takes no connections at port 443: where it speaks HTTP, call http://checkout.mesh:443/ through this proxy")]
    [InlineData("db.mesh:5432", "none", "503", "UH", "no endpoint of db/v1 may be used")]
    [InlineData("db.mesh:5432", "away", "503", "UF", "no endpoint of db/v1 took the connection")]
    [InlineData("db.mesh:5432", "unknown", "500", "NC", "names cluster db/v2, which does not exist")]
    [InlineData("db.mesh:5432", "full", "503", "UO", "as many connections as its circuit breaker allows")]
    public async Task Connect_ThatCannotBeServed_IsRefusedInWords_AndCountedByReason(string target, string situation, string status, string flags, string reason)
    {
        using var closed = new ClosedPort();
        var (rig, caller) = await StartAsync(before: rig =>
        {
            switch (situation)
            {
                case "none":
                    rig.Cluster.Endpoints.Clear();
                    break;
                case "away":
                    rig.Cluster.Endpoints[0].Address = closed.Address;
                    break;
                case "unknown":
                    var route = rig.Snapshot.Routes.Single(r => r.Service == "db");
                    (route.Clusters[0].Cluster, route.Bytes, route.Port) = ("db/v2", true, 5432);
                    break;
                case "full":
                    rig.Cluster.Policy = new TrafficPolicy { Breaker = new() { MaxConnections = 1, MaxPendingRequests = 0, MaxRequests = 1, MaxRetries = 1 } };
                    break;
            }
        });
        await using var _ = rig;
        if (situation == "full")
        {
            await TcpCaller.ConnectThroughAsync(Port(caller), target);
        }

        var (client, answer) = await TcpCaller.ConnectThroughAsync(Port(caller), target, after: "words that nobody will read\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nx-mesh-response-flags: {flags}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(reason, answer, StringComparison.Ordinal);
        Assert.EndsWith($"({flags})\n", answer, StringComparison.Ordinal);
        await TcpRig.ClosedAsync(caller, flags);
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData("CONNECT db.mesh HTTP/1.1\r\nHost: db\r\n\r\n", "not host:port")]
    [InlineData("CONNECT db.mesh:0 HTTP/1.1\r\nHost: db\r\n\r\n", "not host:port")]
    [InlineData("CONNECT http://db.mesh:80/ HTTP/1.1\r\n\r\n", "not host:port")]
    [InlineData("CONNECT [db]:80 HTTP/1.1\r\n\r\n", "not host:port")]
    [InlineData("CONNECT db.mesh:5432 HTTP/2\r\n\r\n", "first line")]
    [InlineData("CONNECT db.mesh:5432 x HTTP/1.1\r\n\r\n", "first line")]
    [InlineData("CONNECT db.mesh:5432 HTTP/1.1\r\nHost : db\r\n\r\n", "header line")]
    [InlineData("CONNECT db.mesh:5432 HTTP/1.1\r\nHost: db\nX: y\r\n\r\n", "header line")]
    [InlineData("CONNECT db.mesh:5432 HTTP/1.1\r\nX: y\r\n z\r\n\r\n", "header line")]
    [InlineData("CONNECT db.mesh:5432 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "has no content")]
    [InlineData("CONNECT db.mesh:5432 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "has no content")]
    public async Task Connect_ThatCouldBeReadInTwoWays_IsRefused(string request, string reason)
    {
        var (rig, caller) = await StartAsync();
        await using var _ = rig;

        string answer = await RawAsync(caller, request);

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(reason, answer, StringComparison.Ordinal);
        Assert.Equal(0, rig.App.Heard);
    }

    [Fact]
    public async Task Connect_AfterOtherRequests_IsRefused()
    {
        var (rig, caller) = await StartAsync();
        await using var _ = rig;

        string answers = await RawAsync(caller, "GET / HTTP/1.1\r\nHost: db\r\n\r\nCONNECT db.mesh:5432 HTTP/1.1\r\nHost: db.mesh:5432\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", answers, StringComparison.Ordinal);
        Assert.Contains("no route for requests to db, which takes connections of bytes: ask for one by CONNECT (NR)", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 501 Not Implemented\r\n", answers, StringComparison.Ordinal);
        Assert.Contains("first request of a connection of HTTP/1.1", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ByteByByte_IsUnderstood()
    {
        var (rig, caller) = await StartAsync();
        await using var _ = rig;
        using var client = new System.Net.Sockets.TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", Port(caller));
        foreach (byte b in "CONNECT db.mesh:5432 HTTP/1.0\r\n\r\nx\n"u8.ToArray())
        {
            await client.GetStream().WriteAsync(new[] { b });
        }

        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await reader.ReadLineAsync());
        Assert.Equal("db heard x", await reader.ReadLineAsync());
    }

    private static int Port(Sidecar caller) => caller.Url(ListenerSide.Outbound).Port;

    private static async Task<(TcpRig Rig, Sidecar Caller)> StartAsync(TcpApp? app = null, Action<TcpRig>? before = null)
    {
        var rig = await TcpRig.StartAsync(app);
        var caller = await MeshRig.IdentifiedAsync(rig.Mesh.StartCallerAsync(o => o with { AccessLog = AccessLogMode.All }));
        var checkout = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, "127.0.0.1:9");
        rig.Snapshot.Clusters.Add(checkout);
        rig.Snapshot.Routes.Add(MeshConfig.Route("db", ("db/v1", 1)));
        rig.Snapshot.Routes.Add(MeshConfig.Route("checkout", ("checkout/v1", 1)));
        before?.Invoke(rig);
        await rig.Mesh.PublishAsync(3, rig.Snapshot.Clone());
        return (rig, caller);
    }

    private static async Task<string> RawAsync(Sidecar caller, string request)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", Port(caller));
        await client.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }
}

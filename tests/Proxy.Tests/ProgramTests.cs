using System.Net;
using System.Net.Sockets;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests;

/// <summary>The program as an operator sees it.</summary>
public sealed class ProgramTests
{
    private static ProgramProcess Start(params (string Name, string Value)[] settings) => ProgramProcess.Start(
        Repository.ProgramPath("Proxy"),
        new Dictionary<string, string>(settings.Select(s => KeyValuePair.Create(s.Name, s.Value))) { ["MESH_OTLP_URL"] = "off", ["MESH_CONTROL_URL"] = "http://127.0.0.1:1" });

    [Fact]
    public async Task Start_PrintsItsListeners_AndEndsCleanlyWhenAsked()
    {
        using var closed = new ClosedPort();
        await using var process = Start(("MESH_SERVICE", "checkout"), ("MESH_APP_URL", $"http://{closed.Address}"));

        await process.ListeningAsync("inbound");
        await process.ListeningAsync("outbound");
        var admin = await process.ListeningAsync("admin");
        using var client = new HttpClient();
        Assert.Equal("alive\n", await client.GetStringAsync(new Uri(admin, "/healthz")));
        using var ready = await client.GetAsync(new Uri(admin, "/readyz"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("no snapshot yet", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Port_TakenByAnother_EndsWithOneLineAndCode3()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var process = Start(("MESH_SERVICE", "web"), ("MESH_OUTBOUND_PORT", $"{port}"));

        Assert.Equal(3, await process.WaitForExitAsync());
        Assert.Contains($"Port {port}", process.Output, StringComparison.Ordinal);
        Assert.Contains("MESH_OUTBOUND_PORT", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_AllWrong_AreAllNamed()
    {
        var settings = new Dictionary<string, string>
        {
            ["MESH_PROTOCOL"] = "ftp",
            ["MESH_APP_URL"] = "localhost:5000",
            ["MESH_ADMIN_PORT"] = "99999",
            ["MESH_BIND"] = "here",
            ["MESH_ACCESS_LOG"] = "loud",
            ["MESH_DRAIN_SECONDS"] = "-1",
            ["MESH_REQUEST_HEADERS_SECONDS"] = "soon",
            ["MESH_IDLE_SECONDS"] = "4000",
            ["MESH_STREAM_IDLE_SECONDS"] = "-5",
            ["MESH_MAX_CONNECTIONS"] = "-1",
        };

        var (_, problems) = ProxyOptionsReader.Read(name => settings.GetValueOrDefault(name));

        Assert.Equal(11, problems.Count);
        Assert.All(settings.Keys.Append("MESH_SERVICE"), name => Assert.Contains(problems, p => p.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Settings_AllGiven_AreRead()
    {
        var settings = new Dictionary<string, string>
        {
            ["MESH_SERVICE"] = "checkout",
            ["MESH_VERSION"] = "v2",
            ["MESH_PROTOCOL"] = "grpc",
            ["MESH_APP_URL"] = "http://127.0.0.1:5000",
            ["MESH_INBOUND_PORT"] = "0",
            ["MESH_OTLP_URL"] = "off",
            ["MESH_REQUEST_HEADERS_SECONDS"] = "5",
            ["MESH_IDLE_SECONDS"] = "0",
            ["MESH_MAX_CONNECTIONS"] = "7",
        };

        var (options, problems) = ProxyOptionsReader.Read(name => settings.GetValueOrDefault(name));

        Assert.Empty(problems);
        Assert.Equal(("checkout", "v2", Contracts.Mesh.ClusterProtocol.Grpc, 5000, null), (options.Service, options.Version, options.Protocol, options.AppUrl!.Port, options.OtlpUrl));
        Assert.StartsWith("checkout-v2-", options.Instance, StringComparison.Ordinal);
        Assert.Equal(new() { RequestHeaders = TimeSpan.FromSeconds(5), Idle = TimeSpan.Zero, MaxConnections = 7 }, options.Clients);
    }
}

using System.Net;
using System.Net.Sockets;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests;

/// <summary>The program as it is started for real.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Program_StartedAndTerminated_ListensAnswersAndEndsCleanly()
    {
        await using var program = Start();
        var api = await program.ListeningAsync("api");
        await program.ListeningAsync("grpc");
        using var http = new HttpClient { BaseAddress = api };

        Assert.Equal("ok", await http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
        await Eventually.GetAsync(() => http.GetAsync(new Uri("/readyz", UriKind.Relative)), r => r.StatusCode == HttpStatusCode.OK);
        Assert.Equal(0, await program.TerminateAsync());
    }

    /// <summary>In a process of its own, since whatever serializes something first prepares the options for all.</summary>
    [Fact]
    public async Task Program_OpenApiAskedForFirst_IsServed()
    {
        await using var program = Start();
        using var http = new HttpClient { BaseAddress = await program.ListeningAsync("api") };

        using var answer = await http.GetAsync(new Uri("/openapi.json", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Program_PortTaken_SaysWhichAndHowToMoveIt()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var program = Start(("MESH_GRPC_PORT", $"{port}"));

        Assert.Equal(3, await program.WaitForExitAsync());
        Assert.Contains($"Port {port}", program.Output, StringComparison.Ordinal);
        Assert.Contains("MESH_GRPC_PORT", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_WrongSettings_ListsAllOfThem()
    {
        await using var program = Start(("MESH_API_PORT", "many"), ("MESH_BIND", "nowhere"), ("MESH_LEASE_MILLIS", "1"), ("MESH_CLICKHOUSE_URL", "ftp://x"));

        Assert.Equal(2, await program.WaitForExitAsync());
        Assert.All(["MESH_API_PORT", "MESH_BIND", "MESH_LEASE_MILLIS", "MESH_CLICKHOUSE_URL"], name => Assert.Contains(name, program.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_WithoutAnyGrpcListener_SaysWhichSettingsMakeOne()
    {
        await using var program = Start(("MESH_GRPC_PORT", "off"));

        Assert.Equal(2, await program.WaitForExitAsync());
        Assert.Contains("MESH_GRPC_TLS_PORT", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_TlsPortTaken_SaysWhichAndHowToMoveIt()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var program = Start(("MESH_GRPC_TLS_PORT", $"{port}"));

        Assert.Equal(3, await program.WaitForExitAsync());
        Assert.Contains($"Port {port}", program.Output, StringComparison.Ordinal);
        Assert.Contains("MESH_GRPC_TLS_PORT", program.Output, StringComparison.Ordinal);
    }

    private ProgramProcess Start(params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>
        {
            ["MESH_API_PORT"] = "0",
            ["MESH_GRPC_PORT"] = "0",
            ["MESH_DATA_DIR"] = _directory.File("data"),
            ["MESH_TOKEN_FILE"] = _directory.File("token"),
            ["MESH_CLICKHOUSE_URL"] = "",
        };
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return ProgramProcess.Start(Repository.ProgramPath("ControlPlane"), environment);
    }
}

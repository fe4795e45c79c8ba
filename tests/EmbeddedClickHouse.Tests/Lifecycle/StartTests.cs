using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MeshInsight.Testing;

namespace MeshInsight.EmbeddedClickHouse.Tests.Lifecycle;

public sealed class StartTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Start_LibraryMissing_NamesFileCureAndWayOut()
    {
        await using var process = EngineServer.Launch(_directory.Path, ("MESH_CHDB_LIBRARY", "/nowhere/libchdb.so"));
        Assert.Equal(4, await process.WaitForExitAsync());
        await Said(process, "/nowhere/libchdb.so", "npm ci", "MESH_CLICKHOUSE_URL");
    }

    [Fact]
    public async Task Start_LibraryIsNone_SaysItCannotBeLoaded()
    {
        string file = _directory.File("libchdb.so");
        await File.WriteAllTextAsync(file, "text");
        await using var process = EngineServer.Launch(_directory.Path, ("MESH_CHDB_LIBRARY", file));
        Assert.Equal(4, await process.WaitForExitAsync());
        await Said(process, file, "cannot be loaded", "MESH_CLICKHOUSE_URL");
    }

    [Fact]
    public void Find_NoPackageAnywhere_NamesThePackage()
    {
        var failure = Assert.Throws<Engine.EngineStartException>(() => Engine.EngineLibrary.Find(null, _directory.Path));
        Assert.Contains(Path.Combine("node_modules", "@chdb"), failure.Message);
        Assert.Contains("npm ci", failure.Message);
    }

    [Fact]
    public async Task Start_DirectoryInUse_NamesItAndItsProcess()
    {
        await using var first = await EngineServer.StartAsync(_directory.Path);
        await using var second = EngineServer.Launch(_directory.Path);
        Assert.Equal(5, await second.WaitForExitAsync());
        await Said(second, _directory.Path, $"process {first.Process.Id}");
        Assert.Equal("1", await first.Client.RunAsync("SELECT 1"));
    }

    [Fact]
    public async Task Start_PortTaken_NamesPortAndVariable()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var process = EngineServer.Launch(_directory.Path, ("MESH_CLICKHOUSE_PORT", port));
        Assert.Equal(3, await process.WaitForExitAsync());
        await Said(process, port, "MESH_CLICKHOUSE_PORT", "ClickHouse HTTP interface");
    }

    [Fact]
    public async Task Start_WrongSettings_NamesEveryOne()
    {
        await using var process = EngineServer.Launch(_directory.Path, ("MESH_CLICKHOUSE_PORT", "http"), ("MESH_BIND", "everywhere"));
        Assert.Equal(2, await process.WaitForExitAsync());
        await Said(process, "MESH_CLICKHOUSE_PORT=http", "MESH_BIND=everywhere");
    }

    [Fact]
    public async Task Start_AfterCollections_StillCollects()
    {
        // The engine took the signal that stops threads for a collection; a server that lost it hangs here.
        await using var server = await EngineServer.StartAsync(_directory.Path);
        for (int i = 0; i < 20; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.Client.RunAsync("SELECT repeat('x', 1000000) FORMAT JSON")));
        }

        Assert.Equal(0, await server.Process.TerminateAsync());
    }

    public void Dispose() => _directory.Dispose();

    private static async Task Said(ProgramProcess process, params string[] parts)
    {
        await process.WaitForExitAsync();
        Assert.All(parts, part => Assert.Contains(part, process.Output));
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MeshInsight.Cli.Tests.Supervision;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.Commands;

/// <summary>The real program with the real platform below it.</summary>
public sealed class UpTests : IDisposable
{
    private readonly TempDirectory _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task Up_KilledTheHardWay_TakesEveryChildAlong()
    {
        await using var up = Start(FreePortBase.Find());
        var children = await ChildrenAsync(up);

        up.Kill();

        foreach (int child in children)
        {
            await SleepingProgram.UntilGoneAsync(child);
        }
    }

    [Fact]
    public async Task Up_ToldToEnd_StopsEveryChildAndEndsWell()
    {
        await using var up = Start(FreePortBase.Find());
        var children = await ChildrenAsync(up);

        Assert.Equal(0, await up.TerminateAsync());

        Assert.All(children, child => Assert.True(SleepingProgram.IsGone(child)));
    }

    [Fact]
    public async Task Up_PortTaken_SaysWhichAndWhyAndStartsNothing()
    {
        int portBase = FreePortBase.Find();
        using var other = new TcpListener(IPAddress.Loopback, portBase + MeshPorts.OtlpGrpc);
        other.Start();

        await using var up = Start(portBase);

        Assert.Equal(3, await up.WaitForExitAsync());
        Assert.Contains($"Port {portBase + MeshPorts.OtlpGrpc} is taken", up.Output, StringComparison.Ordinal);
        Assert.Contains("the collector's OTLP/gRPC receiver wants it", up.Output, StringComparison.Ordinal);
        Assert.Contains("--port-base", up.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_state.File("logs")));
    }

    private ProgramProcess Start(int portBase) => ProgramProcess.Start(
        Repository.ProgramPath("Cli", "meshinsight"),
        new Dictionary<string, string> { ["MESH_STATE_DIR"] = _state.Path },
        "up",
        "--port-base",
        portBase.ToString(CultureInfo.InvariantCulture));

    /// <summary>The guardian, and at least the store and the control plane.</summary>
    private static async Task<IReadOnlyList<int>> ChildrenAsync(ProgramProcess parent)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!parent.Output.Contains("clickhouse Ready", StringComparison.Ordinal))
        {
            await ticks.WaitForNextTickAsync(patience.Token);
        }

        var children = Directory.GetDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), out int id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == parent.Id)
            .ToList();
        Assert.True(children.Count >= 3, $"{children.Count} children only. Output:\n{parent.Output}");
        return children;
    }

    private static int ParentOf(int processId)
    {
        try
        {
            // pid (name) state parent …: the name may hold spaces and brackets.
            string[] rest = File.ReadAllText($"/proc/{processId}/stat").Split(") ")[^1].Split(' ');
            return int.Parse(rest[1], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}

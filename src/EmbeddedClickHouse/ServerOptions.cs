using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.EmbeddedClickHouse.Engine;

namespace MeshInsight.EmbeddedClickHouse;

/// <summary>What the environment says; see docs/architecture.md.</summary>
internal sealed record ServerOptions
{
    public const string PortVariable = "MESH_CLICKHOUSE_PORT";

    /// <summary>ClickHouse's own HTTP port.</summary>
    public const int DefaultPort = 8123;

    private const long LeastMemoryBytes = 700L << 20;
    private const long MostMemoryBytes = 2L << 30;

    /// <summary>0 takes any free port.</summary>
    public required int Port { get; init; }

    public required IPAddress Bind { get; init; }

    public required string DataDirectory { get; init; }

    /// <summary>Null searches for the npm package.</summary>
    public required string? Library { get; init; }

    /// <summary>Statements that run at once; each holds a thread while the engine works.</summary>
    public int Running { get; init; } = 16;

    /// <summary>Statements that may wait for a place.</summary>
    public int Waiting { get; init; } = 256;

    /// <summary>How long running statements may take to end once the program is told to.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ceiling for the engine: a quarter of what this process may use, 700 MB to 2 GB. The process needs about 600 MB more at its peak.</summary>
    public long MemoryBytes { get; init; } = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, LeastMemoryBytes, MostMemoryBytes);

    /// <summary>Reads every variable and names every one that is wrong.</summary>
    public static ServerOptions? Read(Func<string, string?> variable, List<string> problems)
    {
        int port = DefaultPort;
        if (variable(PortVariable) is { Length: > 0 } portText
            && !(int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort))
        {
            problems.Add($"{PortVariable}={portText}: a port from 0 (any free one) to {IPEndPoint.MaxPort} is needed.");
        }

        var bind = IPAddress.Loopback;
        if (variable(MeshEnvironment.BindAddress) is { Length: > 0 } bindText && !IPAddress.TryParse(bindText, out bind))
        {
            problems.Add($"{MeshEnvironment.BindAddress}={bindText}: an IP address is needed, such as 127.0.0.1 or 0.0.0.0.");
        }

        string directory = variable(MeshEnvironment.DataDirectory) is { Length: > 0 } given ? given : Path.Combine(".mesh", "clickhouse");
        return problems.Count > 0
            ? null
            : new ServerOptions { Port = port, Bind = bind!, DataDirectory = Path.GetFullPath(directory), Library = variable(EngineLibrary.PathVariable) };
    }
}

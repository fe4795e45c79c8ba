using System.Globalization;
using System.Net;
using MeshInsight.Anomaly.Sampling;
using MeshInsight.Collector.Assemble;
using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Report;
using MeshInsight.Collector.Sample;
using MeshInsight.Collector.Store;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Storage.Client;

namespace MeshInsight.Collector;

/// <summary>The collector's settings; docs/architecture.md lists the variables.</summary>
internal sealed record CollectorOptions
{
    public const string GrpcPortVariable = "MESH_OTLP_GRPC_PORT";
    public const string HttpPortVariable = "MESH_OTLP_HTTP_PORT";
    public const string AdminPortVariable = "MESH_ADMIN_PORT";

    /// <summary>Ordinary traces kept a second; default 10. Errors and slow traces come on top.</summary>
    public const string TracesPerSecondVariable = "MESH_TRACES_PER_SECOND";

    private const string DefaultControlUrl = "http://127.0.0.1:4302";

    public required IPAddress Bind { get; init; }

    public required int GrpcPort { get; init; }

    public required int HttpPort { get; init; }

    public required int AdminPort { get; init; }

    public required ClickHouseOptions ClickHouse { get; init; }

    public required ReportOptions Report { get; init; }

    public required StoreOptions Store { get; init; }

    public ReceiveOptions Receive { get; init; } = new();

    public WindowOptions Windows { get; init; } = new();

    public AssembleOptions Assemble { get; init; } = new();

    public SampleOptions Sample { get; init; } = new();

    public DetectOptions Detect { get; init; } = new();

    /// <returns>Null when something is wrong; <paramref name="problems"/> then names each variable, its value and what is allowed.</returns>
    public static CollectorOptions? Read(Func<string, string?> variable, List<string> problems)
    {
        var options = new CollectorOptions
        {
            Bind = ReadBind(variable(MeshEnvironment.BindAddress), problems),
            GrpcPort = ReadPort(variable, GrpcPortVariable, MeshPorts.OtlpGrpc, problems),
            HttpPort = ReadPort(variable, HttpPortVariable, MeshPorts.OtlpHttp, problems),
            AdminPort = ReadPort(variable, AdminPortVariable, MeshPorts.CollectorAdmin, problems),
            ClickHouse = ReadClickHouse(variable, problems),
            Report = new()
            {
                ControlUrl = ReadUrl(variable, MeshEnvironment.ControlUrl, DefaultControlUrl, problems),
                TokenFile = variable(MeshEnvironment.TokenFile) ?? "",
            },
            Store = new() { SpoolDirectory = Path.Combine(Text(variable, MeshEnvironment.DataDirectory, "data/collector"), "spool") },
            Sample = new() { Paths = new PathSamplerOptions { TargetTracesPerSecond = ReadRate(variable, problems) } },
        };
        return problems.Count == 0 ? options : null;
    }

    private static string Text(Func<string, string?> variable, string name, string otherwise) => variable(name) is { Length: > 0 } value ? value : otherwise;

    private static IPAddress ReadBind(string? text, List<string> problems)
    {
        if (string.IsNullOrEmpty(text) || text == "localhost")
        {
            return IPAddress.Loopback;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        problems.Add($"{MeshEnvironment.BindAddress} is \"{text}\"; allowed is an IP address such as 127.0.0.1 or 0.0.0.0.");
        return IPAddress.Loopback;
    }

    private static int ReadPort(Func<string, string?> variable, string name, int offset, List<string> problems)
    {
        string text = Text(variable, name, (MeshPorts.DefaultBase + offset).ToString(CultureInfo.InvariantCulture));
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is >= 0 and <= 65535)
        {
            return port;
        }

        problems.Add($"{name} is \"{text}\"; allowed are ports from 0 (any free one) to 65535.");
        return 0;
    }

    private static Uri ReadUrl(Func<string, string?> variable, string name, string otherwise, List<string> problems)
    {
        string text = Text(variable, name, otherwise);
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        problems.Add($"{name} is \"{text}\"; allowed is an http or https URL such as {otherwise}.");
        return new(otherwise);
    }

    private static ClickHouseOptions ReadClickHouse(Func<string, string?> variable, List<string> problems)
    {
        try
        {
            return ClickHouseOptions.Read(variable);
        }
        catch (FormatException wrong)
        {
            problems.Add(wrong.Message);
            return ClickHouseOptions.Parse(ClickHouseOptions.DefaultUrl);
        }
    }

    private static double ReadRate(Func<string, string?> variable, List<string> problems)
    {
        string text = Text(variable, TracesPerSecondVariable, "10");
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is > 0 and <= 100_000)
        {
            return rate;
        }

        problems.Add($"{TracesPerSecondVariable} is \"{text}\"; allowed are numbers above 0 and up to 100000.");
        return 10;
    }
}

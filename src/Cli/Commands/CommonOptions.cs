using System.CommandLine;
using MeshInsight.Cli.Api;
using MeshInsight.Cli.Layout;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Storage;
using MeshInsight.Storage.Client;

namespace MeshInsight.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal static class CommonOptions
{
    /// <summary>The highest offset in use, so that every port of a base exists.</summary>
    private const int PortsAbove = 200;

    public static Option<int> PortBase { get; } = MakePortBase();

    public static MeshLayout Layout(ParseResult parsed) => MeshLayout.Find(parsed.GetValue(PortBase));

    /// <summary>The API of the mesh that the options mean, or of the one that MESH_API_URL names.</summary>
    public static MeshApi Api(ParseResult parsed)
    {
        var layout = Layout(parsed);
        string? url = Environment.GetEnvironmentVariable(MeshEnvironment.ApiUrl);
        string tokenPath = Environment.GetEnvironmentVariable(MeshEnvironment.TokenFile) is { Length: > 0 } path ? path : layout.TokenPath;
        return new MeshApi(string.IsNullOrEmpty(url) ? layout.Url(MeshPorts.ControlApi) : new Uri(url), TokenFile.TryRead(tokenPath));
    }

    /// <summary>Runs a command that talks to the control plane; its refusals become one clear message.</summary>
    public static async Task<int> WithApiAsync(ParseResult parsed, Func<MeshApi, Task<int>> action)
    {
        using var api = Api(parsed);
        try
        {
            return await action(api);
        }
        catch (MeshApiException failure)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(failure.Message);
            return ExitCodes.Failed;
        }
    }

    /// <summary>Runs a command that reads stored telemetry, of the mesh that the options mean or of the store that MESH_CLICKHOUSE_URL names.</summary>
    public static async Task<int> WithStoreAsync(ParseResult parsed, Func<TelemetryQueries, Task<int>> action)
    {
        string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
            : name == MeshEnvironment.ClickHouseUrl ? Layout(parsed).Url(MeshPorts.ClickHouse).ToString()
            : null;
        try
        {
            using var client = new ClickHouseClient(ClickHouseOptions.Read(Variable));
            return await action(new TelemetryQueries(client));
        }
        catch (Exception failure) when (failure is ClickHouseException or FormatException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(failure.Message);
            return ExitCodes.Failed;
        }
    }

    private static Option<int> MakePortBase()
    {
        var option = new Option<int>("--port-base")
        {
            Description = $"First of the ports that are used; all others follow it (default {MeshPorts.DefaultBase}).",
            DefaultValueFactory = _ => MeshPorts.DefaultBase,
            Recursive = true,
        };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value is < 1024 or > 65_535 - PortsAbove)
            {
                result.AddError($"--port-base is {value}; it may be 1024 to {65_535 - PortsAbove}.");
            }
        });
        return option;
    }
}

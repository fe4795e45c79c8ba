using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Storage.Client;

namespace MeshInsight.Portal.Settings;

/// <summary>The portal's settings, read once at start.</summary>
/// <param name="Port">TCP port 0..65535 (0: any free one); <c>MESH_PORTAL_PORT</c>, default 4300.</param>
/// <param name="Bind">Address to listen on; <c>MESH_BIND</c>, default 127.0.0.1.</param>
/// <param name="ApiUrl">Control plane REST; <c>MESH_API_URL</c>.</param>
/// <param name="ClickHouse"><c>MESH_CLICKHOUSE_URL</c> and its companions.</param>
/// <param name="CollectorUrl">Admin listener of the collector; <c>MESH_COLLECTOR_URL</c>, default: as far from the control plane's port as ports are laid out, http://127.0.0.1:4319.</param>
/// <param name="TokenFile"><c>MESH_TOKEN_FILE</c>; empty: the portal only reads.</param>
/// <param name="Hosts">Names beside localhost that may stand in the Host header; <c>MESH_PORTAL_HOSTS</c>, comma-separated.</param>
internal sealed record PortalSettings(
    int Port,
    string Bind,
    Uri ApiUrl,
    ClickHouseOptions ClickHouse,
    Uri CollectorUrl,
    string TokenFile,
    IReadOnlyList<string> Hosts)
{
    private const string PortKey = "MESH_PORTAL_PORT";
    private const string HostsKey = "MESH_PORTAL_HOSTS";
    private const string CollectorKey = "MESH_COLLECTOR_URL";

    /// <summary>Reads every setting and reports all problems at once, each naming key, value and what is allowed.</summary>
    public static PortalSettings Read(IConfiguration source, List<string> problems) => new(
        Number(source, PortKey, MeshPorts.DefaultBase + MeshPorts.Portal, problems),
        Text(source, MeshEnvironment.BindAddress, "127.0.0.1"),
        Url(source, MeshEnvironment.ApiUrl, $"http://127.0.0.1:{MeshPorts.DefaultBase + MeshPorts.ControlApi}", problems),
        Store(source, problems),
        Url(source, CollectorKey, BesideApi(source), problems),
        Text(source, MeshEnvironment.TokenFile, ""),
        Text(source, HostsKey, "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static ClickHouseOptions Store(IConfiguration source, List<string> problems)
    {
        try
        {
            return ClickHouseOptions.Read(key => source[key]);
        }
        catch (FormatException problem)
        {
            problems.Add(problem.Message);
            return new ClickHouseOptions(new Uri(ClickHouseOptions.DefaultUrl));
        }
    }

    /// <summary>Moving all ports by --port-base moves the collector with the control plane.</summary>
    private static string BesideApi(IConfiguration source)
    {
        var layout = new UriBuilder("http", "127.0.0.1", MeshPorts.DefaultBase + MeshPorts.CollectorAdmin);
        if (Uri.TryCreate(source[MeshEnvironment.ApiUrl], UriKind.Absolute, out var api) && api.Port + MeshPorts.CollectorAdmin - MeshPorts.ControlApi is > 0 and <= 65535 and var port)
        {
            (layout.Host, layout.Port) = (api.Host, port);
        }

        return layout.Uri.ToString();
    }

    private static string Text(IConfiguration source, string key, string fallback) =>
        source[key] is { Length: > 0 } value ? value : fallback;

    private static int Number(IConfiguration source, string key, int fallback, List<string> problems)
    {
        string text = Text(source, key, fallback.ToString(CultureInfo.InvariantCulture));
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535)
        {
            return port;
        }

        problems.Add($"{key} is '{text}'; allowed is a port number 0..65535 (0 takes any free port).");
        return fallback;
    }

    private static Uri Url(IConfiguration source, string key, string fallback, List<string> problems)
    {
        string text = Text(source, key, fallback);
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        problems.Add($"{key} is '{text}'; allowed is an absolute http or https URL such as {fallback}.");
        return new Uri(fallback);
    }
}

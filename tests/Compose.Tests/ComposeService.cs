using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace MeshInsight.Compose.Tests;

/// <summary>One service of docker-compose.yml.</summary>
internal sealed class ComposeService(string name, YamlMappingNode node)
{
    public string Name { get; } = name;

    public string? Image => Scalar(node, "image");

    /// <summary>The Dockerfile's stage, or null for an image of somebody else.</summary>
    public string? Target => Map(node, "build") is { } build ? Scalar(build, "target") : null;

    public string? Dockerfile => Map(node, "build") is { } build ? Scalar(build, "dockerfile") : null;

    public string? Restart => Scalar(node, "restart");

    public string? NetworkMode => Scalar(node, "network_mode");

    public IReadOnlyDictionary<string, string> Environment => Map(node, "environment") is { } map
        ? map.Children.ToDictionary(c => c.Key.ToString(), c => c.Value.ToString())
        : new Dictionary<string, string>();

    public IReadOnlyList<string> Volumes => Strings(node, "volumes");

    public IReadOnlyList<string> Entrypoint => Strings(node, "entrypoint");

    public IReadOnlyList<string> Command => Strings(node, "command");

    /// <summary>Address on the host, port on the host, port in the container.</summary>
    public IReadOnlyList<(string Address, int Host, int Container)> Ports =>
        [.. Strings(node, "ports").Select(p => p.Split(':')).Select(p => (p[0], Number(p[1]), Number(p[2])))];

    public IReadOnlyDictionary<string, string> DependsOn => Map(node, "depends_on") is { } map
        ? map.Children.ToDictionary(c => c.Key.ToString(), c => Scalar((YamlMappingNode)c.Value, "condition") ?? "")
        : new Dictionary<string, string>();

    public IReadOnlyList<string> HealthTest => Map(node, "healthcheck") is { } check ? Strings(check, "test") : [];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static YamlMappingNode? Map(YamlMappingNode parent, string key) => parent.Children.TryGetValue(key, out var child) ? child as YamlMappingNode : null;

    private static string? Scalar(YamlMappingNode parent, string key) => parent.Children.TryGetValue(key, out var child) ? (child as YamlScalarNode)?.Value : null;

    private static List<string> Strings(YamlMappingNode parent, string key) =>
        parent.Children.TryGetValue(key, out var child) && child is YamlSequenceNode list ? [.. list.Select(n => n.ToString())] : [];
}

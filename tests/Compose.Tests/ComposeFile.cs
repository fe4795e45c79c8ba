using System.Text.RegularExpressions;
using MeshInsight.Testing;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MeshInsight.Compose.Tests;

/// <summary>docker-compose.yml with its anchors merged in and every variable at its default.</summary>
internal sealed partial class ComposeFile
{
    private ComposeFile(YamlMappingNode root)
    {
        Services = ((YamlMappingNode)root["services"]).Children.Select(s => new ComposeService(s.Key.ToString(), (YamlMappingNode)s.Value)).ToDictionary(s => s.Name);
        Volumes = ((YamlMappingNode)root["volumes"]).Children.Select(v => v.Key.ToString()).ToHashSet();
    }

    public static ComposeFile Demo { get; } = Load("docker-compose.yml");

    public IReadOnlyDictionary<string, ComposeService> Services { get; }

    public IReadOnlySet<string> Volumes { get; }

    /// <summary>The sidecars, each with the app whose network it shares.</summary>
    public IEnumerable<(ComposeService Sidecar, ComposeService App)> Sidecars =>
        Services.Values.Where(s => s.Target == "proxy").Select(s => (s, Services[s.NetworkMode!["service:".Length..]]));

    private static ComposeFile Load(string name)
    {
        using var reader = new StringReader(Variable().Replace(File.ReadAllText(Path.Combine(Repository.Root, name)), "$1"));
        var yaml = new YamlStream();
        yaml.Load(new MergingParser(new Parser(reader)));
        return new ComposeFile((YamlMappingNode)yaml.Documents[0].RootNode);
    }

    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Variable();
}

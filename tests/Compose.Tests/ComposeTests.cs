using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Testing;
using YamlDotNet.RepresentationModel;

namespace MeshInsight.Compose.Tests;

public sealed class ComposeTests
{
    private const string TokenPath = "/run/mesh/token";

    private static readonly ComposeFile s_compose = ComposeFile.Demo;

    public static TheoryData<string> Ours => [.. s_compose.Services.Values.Where(s => s.Target is not null).Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Ours))]
    public void Service_Image_IsATargetOfTheDockerfile(string name)
    {
        var service = s_compose.Services[name];
        Assert.Equal(ImageFile.Path, service.Dockerfile);
        Assert.Contains(service.Target!, ImageFile.Ours.Stages.Keys);
        Assert.Equal("meshinsight/" + service.Target, service.Image);
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Service_Environment_IsReadByItsProgram(string name)
    {
        string folder = Folder(s_compose.Services[name]);
        Assert.All(s_compose.Services[name].Environment.Keys.Where(v => !IsRuntime(v)), variable =>
            Assert.True(SourceText.Reads(folder, variable), $"{name} sets {variable}, which {folder} does not read."));
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Service_CommandOptions_AreReadByItsProgram(string name)
    {
        string source = SourceText.Of(Folder(s_compose.Services[name]));
        Assert.All(s_compose.Services[name].Command.Where(c => c.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains($"\"{option}\"", source));
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Service_RuntimeSettings_AreThoseOfTheLauncher(string name)
    {
        string launcher = File.ReadAllText(Path.Combine(Repository.Root, "src", "Cli", "Platform", "RuntimeSettings.cs"));
        Assert.All(s_compose.Services[name].Environment.Where(v => IsRuntime(v.Key)), v => Assert.Contains($"[\"{v.Key}\"] = \"{v.Value}\"", launcher));
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Service_MeshVariables_AreInTheArchitecturePage(string name)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));
        Assert.All(s_compose.Services[name].Environment.Keys.Where(v => v.StartsWith("MESH_", StringComparison.Ordinal)), variable => Assert.Contains(variable, page));
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public void Service_HealthCheck_AsksAPortAndPathOfItsProgram(string name)
    {
        var service = s_compose.Services[name];
        if (service.HealthTest is not ["CMD", "healthcheck", var port, var path])
        {
            Assert.Empty(service.HealthTest);
            return;
        }

        Assert.Contains(port, service.Environment.Where(v => v.Key.EndsWith("_PORT", StringComparison.Ordinal) && v.Value != "off").Select(v => v.Value));
        Assert.Contains($"\"{path}\"", SourceText.Of(Folder(service)) + SourceText.Of("src/Grpc"));
    }

    [Fact]
    public void Urls_BetweenServices_MeetAListener()
    {
        foreach (var (name, service) in s_compose.Services)
        {
            foreach (var (variable, value) in service.Environment.Where(v => v.Value.StartsWith("http://", StringComparison.Ordinal)))
            {
                var url = new Uri(value);
                var listening = url.Host == "127.0.0.1" ? SameNetwork(service) : SameNetwork(s_compose.Services[url.Host]);
                Assert.True(
                    listening.SelectMany(ListeningPorts).Contains(url.Port),
                    $"{name} sets {variable}={value}, and nothing there listens on {url.Port}.");
            }
        }
    }

    [Fact]
    public void Ports_Published_AreListenersOnLoopbackOnly()
    {
        foreach (var service in s_compose.Services.Values)
        {
            Assert.All(service.Ports, port =>
            {
                Assert.Equal("127.0.0.1", port.Address);
                Assert.Contains(port.Container, SameNetwork(service).SelectMany(ListeningPorts));
            });
        }
    }

    [Fact]
    public void Ports_OfThePlatform_AreTheDefaults()
    {
        void Is(string service, string variable, int offset) => Assert.Equal(
            (MeshPorts.DefaultBase + offset).ToString(CultureInfo.InvariantCulture), s_compose.Services[service].Environment[variable]);
        Is("portal", "MESH_PORTAL_PORT", MeshPorts.Portal);
        Is("control-plane", "MESH_API_PORT", MeshPorts.ControlApi);
        Is("control-plane", "MESH_GRPC_TLS_PORT", MeshPorts.ControlGrpcTls);
        Is("collector", "MESH_OTLP_GRPC_PORT", MeshPorts.OtlpGrpc);
        Is("collector", "MESH_OTLP_HTTP_PORT", MeshPorts.OtlpHttp);
        Is("collector", "MESH_ADMIN_PORT", MeshPorts.CollectorAdmin);
    }

    [Fact]
    public void Shop_EveryRole_HasASidecarThatAdvertisesIt()
    {
        foreach (var (sidecar, app) in s_compose.Sidecars)
        {
            Assert.Equal(app.Name, sidecar.Environment["MESH_ADVERTISE"]);
            Assert.Equal(app.Environment["SHOP_ROLE"], sidecar.Environment["MESH_SERVICE"]);
            Assert.Equal(app.Environment["SHOP_VERSION"], sidecar.Environment["MESH_VERSION"]);
            Assert.Equal(app.Environment["SHOP_PORT"], new Uri(sidecar.Environment["MESH_APP_URL"]).Port.ToString(CultureInfo.InvariantCulture));
        }

        var apps = s_compose.Services.Values.Where(s => s.Target == "shop").Select(s => s.Name).Order();
        Assert.Equal(apps, s_compose.Sidecars.Select(s => s.App.Name).Order());
        string roles = SourceText.Of("demo/Shop");
        Assert.All(s_compose.Sidecars, s => Assert.Contains($"\"{s.App.Environment["SHOP_ROLE"]}\"", roles));
    }

    [Fact]
    public void Sidecar_WhoseNetworkMayGo_IsWatchedAndStartedAgain() => Assert.All(s_compose.Sidecars, s =>
    {
        Assert.Equal("healthcheck", s.Sidecar.HealthTest[1]);
        Assert.Equal("unless-stopped", s.Sidecar.Restart);
    });

    [Fact]
    public void Shop_Instances_AreThoseOfTheLauncher()
    {
        string plan = File.ReadAllText(Path.Combine(Repository.Root, "src", "Cli", "Demo", "ShopPlan.cs"));
        Assert.All(s_compose.Sidecars, s => Assert.Contains($"\"{s.Sidecar.Environment["MESH_INSTANCE"]}\"", plan));
        Assert.All(s_compose.Sidecars, s => Assert.Equal(s.App.Name, s.Sidecar.Environment["MESH_INSTANCE"]));
        // The rows of the plan's table.
        Assert.Equal(plan.Split("        (\"").Length - 1, s_compose.Sidecars.Count());
    }

    [Fact]
    public void Scenario_Asked_MakesTheInstanceSickWhoseNetworkItShares()
    {
        var scenario = s_compose.Services["scenario"];
        string[] command = [.. scenario.Command];
        Assert.Equal(["scenario", "--scenario", "bad", "--faults"], command[..4]);
        string sick = scenario.NetworkMode!["service:".Length..];
        Assert.Contains($"Canary = \"{sick}\"", SourceText.Of("src/Cli"));
        Assert.Equal(s_compose.Services[sick].Environment["SHOP_ADMIN_PORT"], new Uri(command[4]).Port.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Resources_OfTheDemo_DeclareEveryServiceAndVersion()
    {
        Assert.Contains("./demo/resources:/resources:ro", s_compose.Services["control-plane"].Volumes);
        var yaml = new YamlStream();
        yaml.Load(new StreamReader(Path.Combine(Repository.Root, "demo", "resources", "services.yaml")));
        var declared = yaml.Documents.Select(d => (YamlMappingNode)d.RootNode).ToDictionary(
            d => d["metadata"]["name"].ToString(),
            d => string.Join(' ', ((YamlSequenceNode)d["spec"]["versions"]).Select(v => v.ToString())));
        var running = s_compose.Sidecars.Select(s => s.Sidecar.Environment).GroupBy(e => e["MESH_SERVICE"], e => e["MESH_VERSION"])
            .ToDictionary(g => g.Key, g => string.Join(' ', g.Distinct().Order()));
        Assert.Equal(running.OrderBy(r => r.Key), declared.OrderBy(r => r.Key));
    }

    [Fact]
    public void Token_OneWriter_IsMadePrivateBeforeAnybodyReadsIt()
    {
        var writer = s_compose.Services["token"];
        Assert.Equal(["make-token", TokenPath], writer.Entrypoint);
        Assert.Contains("umask 077", File.ReadAllText(Path.Combine(Repository.Root, "deploy", "make-token.sh")));
        foreach (var service in s_compose.Services.Values.Where(s => s.Environment.ContainsKey(MeshEnvironment.TokenFile)))
        {
            Assert.Equal(TokenPath, service.Environment[MeshEnvironment.TokenFile]);
            Assert.Contains("secrets:/run/mesh:ro", service.Volumes);
            Assert.True(After(service, "token"), $"{service.Name} may start before the token is there.");
        }

        Assert.DoesNotContain(s_compose.Services.Values.SelectMany(s => s.Environment.Keys), v => v.Contains("PASSWORD", StringComparison.Ordinal) || v.EndsWith("_TOKEN", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_Everywhere_AreDeclared()
    {
        foreach (var service in s_compose.Services.Values)
        {
            Assert.All(service.DependsOn.Keys, name => Assert.Contains(name, s_compose.Services.Keys));
            Assert.All(service.DependsOn.Where(d => d.Value == "service_healthy"), d => Assert.NotEmpty(s_compose.Services[d.Key].HealthTest));
            Assert.All(service.Volumes.Select(v => v.Split(':')[0]), source =>
                Assert.True(source[0] == '.' ? Path.Exists(Path.Combine(Repository.Root, source)) : s_compose.Volumes.Contains(source), $"{service.Name} mounts {source}."));
        }
    }

    [Fact]
    public void ClickHouse_InItsPlace_HasAHealthCheckAndItsPort()
    {
        var server = s_compose.Services["clickhouse"];
        Assert.StartsWith("clickhouse/clickhouse-server:", server.Image);
        Assert.Contains("/127.0.0.1/8123", string.Join(' ', server.HealthTest));
        Assert.Empty(server.Ports);
    }

    private static bool IsRuntime(string variable) => variable.StartsWith("DOTNET_", StringComparison.Ordinal);

    private static string Folder(ComposeService service) => ImageFile.Ours.Published[ImageFile.Ours.Program(service.Target!).Copied];

    private static IEnumerable<ComposeService> SameNetwork(ComposeService service)
    {
        string owner = service.NetworkMode is { } mode && mode.StartsWith("service:", StringComparison.Ordinal) ? mode["service:".Length..] : service.Name;
        return s_compose.Services.Values.Where(s => s.Name == owner || s.NetworkMode == "service:" + owner);
    }

    private static IEnumerable<int> ListeningPorts(ComposeService service) => service.Name == "clickhouse"
        ? [8123]
        : service.Environment.Where(v => v.Key.EndsWith("_PORT", StringComparison.Ordinal)).Select(v => int.Parse(v.Value, CultureInfo.InvariantCulture));

    private static bool After(ComposeService service, string first)
    {
        var before = service.DependsOn.Keys.ToList();
        if (service.NetworkMode is { } mode && mode.StartsWith("service:", StringComparison.Ordinal))
        {
            before.Add(mode["service:".Length..]);
        }

        return before.Contains(first) || before.Exists(name => After(s_compose.Services[name], first));
    }
}

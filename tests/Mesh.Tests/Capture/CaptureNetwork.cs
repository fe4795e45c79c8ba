using System.Diagnostics;
using System.Globalization;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests.Capture;

/// <summary>
/// Network namespaces of this run's own, with real iptables in them and nothing changed outside. <c>web</c> and <c>strict</c> only call, each with a sidecar that
/// captures what they send; <c>shop</c> has an app whose inbound is captured, <c>db</c> one that speaks no HTTP; <c>net</c> connects them, and has the control plane and
/// servers outside the mesh: one that it does not know, and one that an ExternalService declares.
/// Needs root, iproute2 and iptables, which <c>./mesh test</c> installs.
/// </summary>
public sealed class CaptureNetwork : IAsyncLifetime, IDisposable
{
    public const string Outside = "10.77.0.1";
    public const string Shop = "10.77.0.3";
    public const string ShopV6 = "fd77::3";
    public const string Db = "10.77.0.5";

    /// <summary>Nobody has it.</summary>
    public const string Nowhere = "10.77.0.99";
    public const string TlsHost = "tls.example.com";
    public const int TlsPort = 8443;
    public const int DeclaredPort = 7002;
    public const int AppPort = 8080;
    public const int BannerPort = 7000;
    public const int OutsideBannerPort = 7001;

    private const string Prefix = "mesh-test";
    private const int AdminPort = 9003;
    private const int ProxyGid = 14001;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string Script = Path.Combine(Repository.Root, "deploy", "capture", "mesh-capture");

    private readonly TempDirectory _directory = new();
    private readonly List<ProgramProcess> _programs = [];
    private readonly Dictionary<string, ProgramProcess> _sidecars = [];
    private readonly List<string> _names = [];

    public async Task InitializeAsync()
    {
        try
        {
            await RemoveLeftoversAsync();
            await ConnectAsync();
            await StartAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs))
        {
            await program.DisposeAsync();
        }

        foreach (string name in _names)
        {
            await RunAsync("ip", "netns", "del", name);
        }
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Waits until a sidecar has printed a line with this text: what fails is in its access log.</summary>
    public Task PrintedAsync(string space, string text) => _sidecars[space].PrintedAsync(text, Patience);

    /// <summary>Runs a command in a namespace; null for the output of one that failed.</summary>
    public static Task<string?> ExecAsync(string space, params string[] command) => TryRunAsync("ip", ["netns", "exec", Name(space), .. command]);

    public static Task<string> RulesAsync(string space, params string[] arguments) => OrFailAsync(ExecAsync(space, [Script, .. arguments]), string.Join(' ', arguments));

    /// <summary>What the tables of a namespace hold, counters and comments left out.</summary>
    public static async Task<string> TablesAsync(string space) =>
        string.Join('\n', (await OrFailAsync(ExecAsync(space, "sh", "-c", "iptables-save && ip6tables-save"), "iptables-save")).Split('\n').Where(l => !l.StartsWith('#')));

    /// <summary>One request by plain address, as an app without a mesh would make it.</summary>
    public static Task<string> GetAsync(string space, string address, int port, string path = "/", string? host = null, string header = "", string version = "1.1") => OrFailAsync(
        ExecAsync(space, "bash", "-c", $"exec 3<>/dev/tcp/{address}/{port} && printf 'GET {path} HTTP/{version}\\r\\nHost: {host ?? $"{address}:{port}"}\\r\\nConnection: close\\r\\n{(header.Length > 0 ? header + "\\r\\n" : "")}\\r\\n' >&3 && timeout 15 cat <&3"), path);

    /// <summary>Says nothing until the server has spoken, then says one line, finishes, and reads to the end.</summary>
    public static Task<string> ListenFirstAsync(string space, string address, int port, string line) => OrFailAsync(
        // A here-string's connection is closed whole; only a program that shuts down one side shows half-close.
        ExecAsync(space, "node", "-e", $"const s=require('net').connect({{host:'{address}',port:{port},allowHalfOpen:true}});let t='';s.once('data',()=>s.end('{line}\\n'));s.on('data',b=>t+=b);s.on('end',()=>console.log(t));s.setTimeout(15000,()=>process.exit(1))"), line);

    /// <summary>Speaks TLS with a server that it names; what it was greeted with, or the error.</summary>
    public static Task<string> GreetedWithinTlsAsync(string space, string address, int port, string serverName) => OrFailAsync(
        ExecAsync(space, "node", "-e", $"const s=require('tls').connect({{host:'{address}',port:{port},servername:'{serverName}',rejectUnauthorized:false}});s.on('data',b=>{{console.log(String(b));process.exit(0)}});s.on('error',e=>{{console.log(e.code);process.exit(0)}});s.on('close',()=>{{console.log('closed');process.exit(0)}});setTimeout(()=>process.exit(1),15000)"), serverName);

    // HTTP/1.0 has no chunks, whose framing would stand within the lines.
    public static Task<string> AdminAsync(string space, string path) => GetAsync(space, space switch { "shop" => Shop, "db" => Db, _ => "127.0.0.1" }, AdminPort, path, version: "1.0");

    private static string Name(string space) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Environment.ProcessId}-{space}");

    private static async Task<string> OrFailAsync(Task<string?> running, string what) => await running ?? throw new InvalidOperationException($"It failed: {what}");

    private static async Task<string> RunAsync(string command, params string[] arguments) => await OrFailAsync(TryRunAsync(command, arguments), $"{command} {string.Join(' ', arguments)}");

    private static async Task<string?> TryRunAsync(string command, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        if (process.ExitCode != 0)
        {
            await Console.Error.WriteLineAsync($"{command} {string.Join(' ', arguments)}: {await errors}");
        }

        return process.ExitCode == 0 ? output : null;
    }

    /// <summary>A run that was killed could not clean up: its namespaces are named by its process, which is no more.</summary>
    private static async Task RemoveLeftoversAsync()
    {
        foreach (string line in (await RunAsync("ip", "netns", "list")).Split('\n'))
        {
            string name = line.Split(' ')[0];
            if (name.Split('-') is [_, _, var owner, _] && name.StartsWith(Prefix + "-", StringComparison.Ordinal) && !Directory.Exists("/proc/" + owner))
            {
                await RunAsync("ip", "netns", "del", name);
            }
        }
    }

    private async Task ConnectAsync()
    {
        string hub = await AddAsync("net");
        await RunAsync("ip", "-n", hub, "link", "add", "br0", "type", "bridge");
        await AddressAsync(hub, "br0", 1);
        foreach (var (space, host) in new[] { ("web", 2), ("shop", 3), ("strict", 4), ("db", 5) })
        {
            string name = await AddAsync(space);
            // Both ends are made inside the namespaces: the host never sees them.
            await RunAsync("ip", "-n", hub, "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", name);
            await RunAsync("ip", "-n", hub, "link", "set", space, "master", "br0", "up");
            await AddressAsync(name, "eth0", host);
        }
    }

    private async Task<string> AddAsync(string space)
    {
        string name = Name(space);
        await RunAsync("ip", "netns", "add", name);
        _names.Add(name);
        await RunAsync("ip", "-n", name, "link", "set", "lo", "up");
        return name;
    }

    private static async Task AddressAsync(string name, string link, int host)
    {
        await RunAsync("ip", "-n", name, "addr", "add", $"10.77.0.{host}/24", "dev", link);
        await RunAsync("ip", "-n", name, "-6", "addr", "add", $"fd77::{host}/64", "dev", link, "nodad");
        await RunAsync("ip", "-n", name, "link", "set", link, "up");
    }

    private async Task StartAsync()
    {
        string resources = _directory.File("resources");
        Directory.CreateDirectory(resources);
        await File.WriteAllTextAsync(Path.Combine(resources, "services.yaml"), """
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: checkout }
            spec: { ports: [{ name: http, port: 80, protocol: HTTP }], versions: [v1] }
            ---
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: db }
            spec: { ports: [{ port: 5432, protocol: TCP }], versions: [v1] }
            ---
            apiVersion: meshinsight.io/v1
            kind: ExternalService
            metadata: { name: declared }
            spec:
              hosts: [$HOST]
              addresses: [$ADDRESS]
              ports: [{ port: $TLS, protocol: TLS }, { port: $TCP, protocol: TCP }]
            """.Replace("$HOST", TlsHost, StringComparison.Ordinal).Replace("$ADDRESS", Outside, StringComparison.Ordinal)
            .Replace("$TLS", $"{TlsPort}", StringComparison.Ordinal).Replace("$TCP", $"{DeclaredPort}", StringComparison.Ordinal));
        var control = Start("net", "dotnet", [Repository.ProgramPath("ControlPlane")], new()
        {
            ["MESH_BIND"] = Outside,
            ["MESH_API_PORT"] = "4301",
            ["MESH_GRPC_PORT"] = "4302",
            ["MESH_RESOURCES_DIR"] = resources,
            ["MESH_DATA_DIR"] = _directory.File("control"),
            ["MESH_TOKEN_FILE"] = _directory.File("token"),
            ["MESH_CLICKHOUSE_URL"] = "",
        });
        await ServersAsync("net", "outside", "8081", $"{OutsideBannerPort}");
        CertificateFiles.Write(_directory.Path, "tls", TlsHost);
        await ServersAsync("net", "declared", "8082", $"{DeclaredPort}", $"{TlsPort}", _directory.File("tls"));
        await ServersAsync("db", "db", $"{AppPort}", $"{BannerPort}");
        await ServersAsync("shop", "checkout", AppPort.ToString(CultureInfo.InvariantCulture), BannerPort.ToString(CultureInfo.InvariantCulture));
        await control.ListeningAsync("api");
        await SidecarAsync("shop", "checkout", new()
        {
            ["MESH_APP_URL"] = $"http://127.0.0.1:{AppPort}",
            ["MESH_BIND"] = Shop,
            ["MESH_ADVERTISE"] = Shop,
            ["MESH_INBOUND_PORT"] = "9001",
            ["MESH_CAPTURE_INBOUND_PORT"] = "15006",
        });
        await SidecarAsync("db", "db", new()
        {
            ["MESH_APP_URL"] = $"tcp://127.0.0.1:{BannerPort}",
            ["MESH_PROTOCOL"] = "tcp",
            ["MESH_BIND"] = Db,
            ["MESH_ADVERTISE"] = Db,
            ["MESH_INBOUND_PORT"] = "9001",
        });
        await SidecarAsync("web", "web", new() { ["MESH_CAPTURE_OUTBOUND_PORT"] = "15001" });
        await SidecarAsync("strict", "strict", new() { ["MESH_CAPTURE_OUTBOUND_PORT"] = "15001", ["MESH_OUTBOUND_POLICY"] = "REGISTRY_ONLY" });
        await RulesAsync("shop", "add", "--inbound-port", "15006", "--exclude-inbound-ports", "9001");
        foreach (string caller in (string[])["web", "strict"])
        {
            await RulesAsync(caller, "add", "--proxy-gid", $"{ProxyGid}", "--outbound-port", "15001");
            await Eventually.GetAsync(() => AdminAsync(caller, "/config_dump"), dump => dump.Contains("ns/default/sa/checkout", StringComparison.Ordinal) && dump.Contains("ns/default/sa/db", StringComparison.Ordinal) && dump.Contains("\"appPort\": 8080", StringComparison.Ordinal));
            await Eventually.GetAsync(() => AdminAsync(caller, "/config_dump"), dump => dump.Contains($"sa/{caller}", StringComparison.Ordinal));
        }
    }

    private Task<Uri> ServersAsync(string space, params string[] arguments) =>
        Start(space, "node", [Path.Combine(Repository.Clients, "capture", "servers.js"), .. arguments], []).ListeningAsync("tcp");

    private Task<Uri> SidecarAsync(string space, string service, Dictionary<string, string> settings)
    {
        settings["MESH_SERVICE"] = service;
        settings["MESH_VERSION"] = "v1";
        settings["MESH_INSTANCE"] = service + "-1";
        settings["MESH_ADMIN_PORT"] = $"{AdminPort}";
        settings["MESH_CONTROL_URL"] = $"http://{Outside}:4302";
        settings["MESH_OTLP_URL"] = "off";
        settings["MESH_TOKEN_FILE"] = _directory.File("token");
        settings["MESH_DATA_DIR"] = _directory.File("data-" + service);
        // Known by its group: another user could not read a repository in root's home.
        _sidecars[space] = Start(space, "setpriv", ["--regid", $"{ProxyGid}", "--clear-groups", "dotnet", Repository.ProgramPath("Proxy")], settings);
        return _sidecars[space].ListeningAsync("admin");
    }

    private ProgramProcess Start(string space, string command, string[] arguments, Dictionary<string, string> environment)
    {
        var program = ProgramProcess.StartCommand("ip", environment, ["netns", "exec", Name(space), command, .. arguments]);
        _programs.Add(program);
        return program;
    }
}

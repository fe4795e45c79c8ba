using MeshInsight.Testing;

namespace MeshInsight.Portal.Tests.Security;

/// <summary>The portal program with nothing behind it.</summary>
public sealed class LonePortal : IAsyncLifetime, IDisposable
{
    public const string Token = "lone-token-77";

    private readonly TempDirectory _directory = new();
    private ProgramProcess _program = null!;

    /// <summary>Follows no redirect and keeps no cookie.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Of the user that it runs as.</summary>
    public DirectoryInfo Home { get; private set; } = null!;

    public string Output => _program.Output;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_directory.File("token"), Token + "\n");
        Home = Directory.CreateDirectory(_directory.File("home"));
        _program = Start(0, _directory.File("token"), Home.FullName);
        Http.BaseAddress = await _program.ListeningAsync("portal");
    }

    public async Task DisposeAsync() => await _program.DisposeAsync();

    public void Dispose()
    {
        Http.Dispose();
        _directory.Dispose();
    }

    /// <summary>Port 1 is nobody's: what stands behind is away.</summary>
    internal static ProgramProcess Start(int port, string tokenFile, string home) => ProgramProcess.Start(Repository.ProgramPath("Portal"), new Dictionary<string, string>
    {
        ["MESH_PORTAL_PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["MESH_API_URL"] = "http://127.0.0.1:1",
        ["MESH_COLLECTOR_URL"] = "http://127.0.0.1:1",
        ["MESH_CLICKHOUSE_URL"] = "http://127.0.0.1:1",
        ["MESH_TOKEN_FILE"] = tokenFile,
        ["HOME"] = home,
    });
}

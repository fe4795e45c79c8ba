using System.Security.Cryptography;
using System.Text.Json;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// Key sets that RequestAuthentications name by <c>jwksUri: file:///…</c>, looked at every two seconds. A file that is not there, or is no key set, leaves the keys that
/// were read before in force; where there were none, a key that nobody has stands in their place, so that tokens are refused rather than not looked at. Only files below
/// one directory are read: who may apply resources may not read the machine. Thread-safe: one lock.
/// </summary>
/// <param name="directory">Null: no file is read.</param>
internal sealed partial class JwksFiles(string? directory, ResourceCatalog catalog, TimeProvider clock, ILogger<JwksFiles> logger) : BackgroundService
{
    // JsonWebKeys takes 256 K characters.
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly string Nobodys = MakeNobodys();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, KeySet> _files = new(StringComparer.Ordinal);
    private readonly Log _log = new(logger);

    /// <summary>Keys have changed.</summary>
    public event Action? Changed;

    /// <summary>What is wrong with files that are named now.</summary>
    public IReadOnlyList<ResourceProblem> Problems
    {
        get
        {
            lock (_lock)
            {
                return [.. Named().Where(n => _files.GetValueOrDefault(n.Path) is { Problem.Length: > 0 })
                    .Select(n => new ResourceProblem(n.Resource.Source, n.Resource.Document, n.Resource.Line, n.Resource.Kind, n.Resource.Name, "spec.jwtRules.jwksUri", _files[n.Path].Problem, []))];
            }
        }
    }

    /// <summary>The rule with the keys of its file; one without a file as it is. Never fails: snapshots are made of it.</summary>
    public JwtRuleConfig Resolve(JwtRuleConfig rule)
    {
        if (rule.JwksPath.Length == 0)
        {
            return rule;
        }

        lock (_lock)
        {
            return rule with { Jwks = _files.TryGetValue(rule.JwksPath, out var known) ? known.Text : LookLocked(rule.JwksPath).Text };
        }
    }

    /// <summary>Looks at every file that is named now, and forgets the others.</summary>
    public void Refresh()
    {
        bool isChanged = false;
        lock (_lock)
        {
            var named = Named().Select(n => n.Path).ToHashSet();
            foreach (string path in _files.Keys.Except(named).ToList())
            {
                _files.Remove(path);
            }

            foreach (string path in named)
            {
                isChanged |= _files.GetValueOrDefault(path)?.Text is { } before && LookLocked(path).Text != before;
            }
        }

        if (isChanged)
        {
            Changed?.Invoke();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Refresh();
        }
    }

    private IEnumerable<(ResourceDocument Resource, string Path)> Named() => catalog.State.Resources
        .Where(r => r.Config is RequestAuthenticationConfig)
        .SelectMany(r => ((RequestAuthenticationConfig)r.Config).Rules.Where(j => j.JwksPath.Length > 0).Select(j => (r, j.JwksPath)));

    private KeySet LookLocked(string path)
    {
        var before = _files.GetValueOrDefault(path) ?? new(Nobodys, "");
        var (text, problem) = Read(path);
        if (problem != before.Problem && problem.Length > 0)
        {
            _log.NotRead(path, problem);
        }
        else if (problem.Length == 0 && text != before.Text)
        {
            _log.Read(path);
        }

        return _files[path] = problem.Length > 0 ? before with { Problem = problem } : new(text, "");
    }

    private (string Text, string Problem) Read(string path)
    {
        if (directory is null)
        {
            return ("", $"{path} is not read: MESH_JWKS_DIR is not set. Set it to the directory that key sets lie in.");
        }

        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + Path.DirectorySeparatorChar;
        if (!Path.GetFullPath(path).StartsWith(root, StringComparison.Ordinal))
        {
            return ("", $"{path} is not below MESH_JWKS_DIR ({directory}), and only what is there is read.");
        }

        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                return ("", $"{path} has more than {MaxBytes} bytes.");
            }

            string text = File.ReadAllText(path);
            return JsonWebKeys.TryRead(text, out _, out string problem) ? (text, "") : ("", $"{path}: {problem}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ("", $"{path} cannot be read: {e.Message}");
        }
    }

    // The private half is gone before anybody could sign with it.
    private static string MakeNobodys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        static string Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = "EC", crv = "P-256", kid = "nobody", x = Url(q.X!), y = Url(q.Y!) } } });
    }

    private sealed record KeySet(string Text, string Problem);

    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3090, LogLevel.Information, "the key set {Path} is in force")]
        public partial void Read(string path);

        [LoggerMessage(3091, LogLevel.Error, "keys stay as they were, and where there were none every token is refused: {Problem} ({Path})")]
        public partial void NotRead(string path, string problem);
    }
}

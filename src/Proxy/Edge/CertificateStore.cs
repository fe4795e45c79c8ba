using System.Security.Cryptography;
using System.Text;

namespace MeshInsight.Proxy.Edge;

/// <summary>
/// The gateway's certificates, by name: <c>NAME/tls.crt</c> and <c>NAME/tls.key</c> (PEM) below one directory, as a mounted Secret has them. They are read again when they
/// change, and used by the next handshake; open connections stay. What cannot be read leaves the certificate before it in force. One lock around reading; handshakes take none.
/// </summary>
/// <param name="directory">Empty when the gateway was told none: every certificate is missing then.</param>
internal sealed partial class CertificateStore(string directory, TimeProvider time, ILogger logger)
{
    // Content is compared, not times: a mounted Secret is swapped by a link.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile IReadOnlyDictionary<string, CertificateState> _known = new Dictionary<string, CertificateState>();

    public IEnumerable<CertificateState> All => _known.Values;

    /// <summary>Reads what is new among the names, and forgets the others.</summary>
    public void Want(IReadOnlyList<string> names)
    {
        lock (_lock)
        {
            _known = names.ToDictionary(n => n, n => _known.GetValueOrDefault(n) ?? Read(n, null));
        }
    }

    /// <summary>The certificate for a server name: one that has exactly this name, else one with a wildcard for it, else the first that could be read.</summary>
    /// <returns>Null when none could be read.</returns>
    public EdgeCertificate? Choose(IReadOnlyList<string> names, string serverName)
    {
        var known = _known;
        EdgeCertificate? first = null;
        EdgeCertificate? wildcard = null;
        foreach (string name in names)
        {
            if (known.GetValueOrDefault(name)?.Certificate is not { } certificate)
            {
                continue;
            }

            if (names.Count == 1 || certificate.IsFor(serverName, isExact: true))
            {
                return certificate;
            }

            first ??= certificate;
            wildcard ??= certificate.IsFor(serverName, isExact: false) ? certificate : null;
        }

        return wildcard ?? first;
    }

    /// <summary>Looks for changed files until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                Refresh();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            var next = _known.ToDictionary(k => k.Key, k => Read(k.Key, k.Value));
            if (next.Any(n => !ReferenceEquals(n.Value, _known[n.Key])))
            {
                _known = next;
            }
        }
    }

    private CertificateState Read(string name, CertificateState? before)
    {
        string fingerprint = "";
        string problem;
        try
        {
            if (directory.Length == 0)
            {
                throw new IOException("MESH_GATEWAY_CERTIFICATES, the directory of certificates, is not set.");
            }

            string certificates = File.ReadAllText(Path.Combine(directory, name, "tls.crt"));
            string key = File.ReadAllText(Path.Combine(directory, name, "tls.key"));
            fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(certificates + key)));
            if (before?.Fingerprint == fingerprint)
            {
                return before;
            }

            var certificate = EdgeCertificate.Read(certificates, key);
            Log.InForce(logger, name, certificate.Leaf.NotAfter.ToUniversalTime());
            return new(name, certificate, fingerprint, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problem = e.Message;
        }

        if (before is not null && before.Problem == problem)
        {
            return before;
        }

        Log.NotRead(logger, name, problem);
        return new(name, before?.Certificate, fingerprint, problem);
    }

    private static partial class Log
    {
        [LoggerMessage(1060, LogLevel.Information, "Certificate {Name} is in force until {NotAfter}.")]
        public static partial void InForce(ILogger logger, string name, DateTime notAfter);

        [LoggerMessage(1061, LogLevel.Warning, "Certificate {Name} cannot be used, what was in force stays: {Problem}")]
        public static partial void NotRead(ILogger logger, string name, string problem);
    }
}

/// <summary>What is known of one certificate.</summary>
/// <param name="Certificate">The last good one; null before.</param>
/// <param name="Problem">Why the files could not be used when they were last looked at; empty when they could.</param>
internal sealed record CertificateState(string Name, EdgeCertificate? Certificate, string Fingerprint, string Problem);

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>
/// The control plane's own root, made at its first start and kept in the data directory, mode 0600. One lock around every change.
/// <list type="bullet">
/// <item>one root → two: a rotation makes a new root, has the old one cross-sign it, and signs with the new one from then on</item>
/// <item>two roots → one: when every certificate that the old root signed has ended</item>
/// </list>
/// </summary>
internal sealed class OwnAuthority : IAuthoritySource
{
    // For snapshots on their way and clocks that differ, after the last old certificate has ended.
    private static readonly TimeSpan OverlapMargin = TimeSpan.FromMinutes(5);

    // A root rotates by itself when this much of its life is left.
    private static readonly TimeSpan RotateAhead = TimeSpan.FromDays(365);

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly string _trustDomain;
    private readonly TimeSpan _certificateLife;
    private readonly TimeProvider _clock;
    private volatile SigningAuthority _current;

    /// <exception cref="IOException">The data directory cannot be used.</exception>
    /// <exception cref="InvalidDataException">The stored root cannot be read, or is of another trust domain.</exception>
    public OwnAuthority(string dataDirectory, string trustDomain, TimeSpan certificateLife, TimeProvider clock)
    {
        (_trustDomain, _certificateLife, _clock) = (trustDomain, certificateLife, clock);
        _path = Path.Combine(dataDirectory, "identity", "authority.json");
        if (AtomicFile.TryReadText(_path) is { } text)
        {
            _current = Read(text);
        }
        else
        {
            var root = CertificateMaker.Root(trustDomain, clock.GetUtcNow());
            _current = new(root, [], [root], null);
            Save(_current);
        }

        Refresh();
    }

    public SigningAuthority Current => _current;

    public bool Refresh()
    {
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            if (_current.OverlapEnds <= now)
            {
                UseLocked(new(_current.Issuer, [], [_current.Issuer], null));
                return true;
            }

            return _current.OverlapEnds is null && _current.Issuer.NotAfter - now < RotateAhead && RotateLocked(now);
        }
    }

    public string Rotate()
    {
        lock (_lock)
        {
            return _current.OverlapEnds is { } ends && ends > _clock.GetUtcNow()
                ? $"The rotation before is not over: certificates of the old root are in use until {ends:u}."
                : RotateLocked(_clock.GetUtcNow()) ? "" : "Nothing changed.";
        }
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private bool RotateLocked(DateTimeOffset now)
    {
        var old = _current.Issuer;
        var root = CertificateMaker.Root(_trustDomain, now);
        var cross = CertificateMaker.Cross(root, old, _trustDomain, now);
        UseLocked(new(root, [cross], [root, Public(old)], now + _certificateLife + OverlapMargin));
        return true;
    }

    // On disk first: what was signed by a root that is then lost could not be verified by anyone.
    private void UseLocked(SigningAuthority next)
    {
        Save(next);
        _current = next;
    }

    private void Save(SigningAuthority authority)
    {
        using var key = authority.Issuer.GetECDsaPrivateKey()!;
        AtomicFile.WriteSecret(_path, Json.Write(new AuthorityFile(
            _trustDomain,
            authority.Issuer.ExportCertificatePem(),
            key.ExportPkcs8PrivateKeyPem(),
            [.. authority.Intermediates.Select(c => c.ExportCertificatePem())],
            [.. authority.Roots.Skip(1).Select(c => c.ExportCertificatePem())],
            authority.OverlapEnds)));
    }

    private SigningAuthority Read(string text)
    {
        try
        {
            var file = Json.Read<AuthorityFile>(text);
            if (file.TrustDomain != _trustDomain)
            {
                throw new InvalidDataException(
                    $"{_path} is the root of the trust domain \"{file.TrustDomain}\", but MESH_TRUST_DOMAIN is \"{_trustDomain}\". Every certificate would be void: set it back, or remove the file.");
            }

            var root = X509Certificate2.CreateFromPem(file.Root, file.Key);
            return new(
                root,
                [.. file.Intermediates.Select(p => X509Certificate2.CreateFromPem(p))],
                [root, .. file.OlderRoots.Select(p => X509Certificate2.CreateFromPem(p))],
                file.OverlapEnds);
        }
        catch (Exception e) when (e is CryptographicException or System.Text.Json.JsonException)
        {
            throw new InvalidDataException($"{_path} cannot be read: {e.Message} Without it every certificate is void; restore it, or remove it to begin with a new root.", e);
        }
    }

    private sealed record AuthorityFile(
        string TrustDomain, string Root, string Key, IReadOnlyList<string> Intermediates, IReadOnlyList<string> OlderRoots, DateTimeOffset? OverlapEnds);
}

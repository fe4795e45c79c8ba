using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>
/// A signing certificate that someone else manages: PEM files for the certificate (with its intermediates below it), its key, and the roots. Read again when any
/// of them changes; files that make no whole leave the ones before in force, since they are replaced one after another.
/// </summary>
internal sealed class ExternalAuthority : IAuthoritySource
{
    private readonly Lock _lock = new();
    private readonly ExternalAuthorityFiles _files;
    private (DateTime, DateTime, DateTime) _stamp;
    private volatile SigningAuthority _current;

    /// <exception cref="InvalidDataException">The files make no authority.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public ExternalAuthority(ExternalAuthorityFiles files)
    {
        _files = files;
        _stamp = Stamp();
        _current = Read();
    }

    public SigningAuthority Current => _current;

    public bool Refresh()
    {
        lock (_lock)
        {
            var stamp = Stamp();
            if (stamp == _stamp)
            {
                return false;
            }

            _current = Read();
            _stamp = stamp;
            return true;
        }
    }

    public string Rotate() => $"The authority is external: replace {_files.Certificate}, {_files.Key} and {_files.Roots}, with both roots in the last until every certificate of the old one has ended.";

    private (DateTime, DateTime, DateTime) Stamp() =>
        (File.GetLastWriteTimeUtc(_files.Certificate), File.GetLastWriteTimeUtc(_files.Key), File.GetLastWriteTimeUtc(_files.Roots));

    private SigningAuthority Read()
    {
        try
        {
            var sent = new X509Certificate2Collection();
            sent.ImportFromPemFile(_files.Certificate);
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(_files.Roots);
            if (sent.Count == 0 || roots.Count == 0)
            {
                throw new InvalidDataException($"{(sent.Count == 0 ? _files.Certificate : _files.Roots)} holds no certificate in PEM.");
            }

            var issuer = X509Certificate2.CreateFromPem(sent[0].ExportCertificatePem(), File.ReadAllText(_files.Key));
            if (issuer.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true } || issuer.GetECDsaPrivateKey() is null)
            {
                throw new InvalidDataException($"{_files.Certificate} must be a signing certificate (CA) with an ECDSA key.");
            }

            bool isRoot = issuer.SubjectName.RawData.AsSpan().SequenceEqual(issuer.IssuerName.RawData);
            // The issuer itself is an intermediate to everyone who trusts only the roots.
            return new(issuer, isRoot ? [] : [.. sent], [.. roots], null);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"{_files.Certificate}, {_files.Key} and {_files.Roots} make no authority: {e.Message}", e);
        }
    }
}

/// <summary>PEM files of an external authority.</summary>
/// <param name="Certificate">Signing certificate, then its intermediates. <c>MESH_CA_CERT_FILE</c>.</param>
/// <param name="Key">PKCS #8, ECDSA. <c>MESH_CA_KEY_FILE</c>.</param>
/// <param name="Roots">Whom sidecars trust. <c>MESH_CA_ROOTS_FILE</c>.</param>
public sealed record ExternalAuthorityFiles(string Certificate, string Key, string Roots);

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshInsight.Proxy.Durable;

namespace MeshInsight.Proxy.Identity;

/// <summary>
/// Key and chain on disk, so that a restart does not need the control plane, nor a second join token. PEM, mode 0600, replaced by rename; the access token is a line
/// above the first block, which PEM passes over.
/// </summary>
internal sealed class IdentityFile(string path)
{
    private const string TokenLine = "access-token: ";

    public string Path => path;

    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">There is one that cannot be used.</exception>
    public WorkloadIdentity? TryRead(string service)
    {
        try
        {
            string text = File.ReadAllText(path);
            string first = text[..text.IndexOf('\n', StringComparison.Ordinal)];
            var key = ECDsa.Create();
            key.ImportFromPem(PrivateKey(text));
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(text);
            return WorkloadIdentity.Create([.. chain.Select(c => c.RawData)], key, service, first.StartsWith(TokenLine, StringComparison.Ordinal) ? first[TokenLine.Length..].Trim() : "");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"The stored identity {path} cannot be read: {e.Message}", e);
        }
    }

    /// <exception cref="IOException">The disk is full, or the folder is not ours.</exception>
    public void Write(WorkloadIdentity identity)
    {
        using var key = identity.Leaf.GetECDsaPrivateKey()!;
        var text = new StringBuilder().Append(TokenLine).Append(identity.AccessToken).Append('\n').Append(key.ExportPkcs8PrivateKeyPem()).Append('\n');
        foreach (var certificate in identity.Intermediates.Prepend(identity.Leaf))
        {
            text.Append(certificate.ExportCertificatePem()).Append('\n');
        }

        OwnerOnlyFile.Replace(path, file => file.Write(Encoding.ASCII.GetBytes(text.ToString())));
    }

    private static ReadOnlySpan<char> PrivateKey(string text)
    {
        for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label] is "PRIVATE KEY")
            {
                return rest[fields.Location];
            }
        }

        return default;
    }
}

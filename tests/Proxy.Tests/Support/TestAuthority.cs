using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MeshInsight.Contracts.Identity;
using MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>A certificate authority as the control plane is one, for as many roots as a test wants; asks for no token.</summary>
internal sealed class TestAuthority(TimeSpan life, TimeProvider? clock = null) : IDisposable
{
    public const string TrustDomain = "mesh.test";

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly List<X509Certificate2> _roots = [MakeRoot(clock ?? TimeProvider.System)];
    private X509Certificate2? _cross;

    /// <summary>How long before it is made a certificate begins to be in force.</summary>
    public TimeSpan Backdated { get; init; } = TimeSpan.FromSeconds(1);

    public IEnumerable<ByteString> Roots => _roots.Select(r => ByteString.CopyFrom(r.RawData));

    public static string IdOf(string service) => SpiffeId.ForService(TrustDomain, service).Text;

    public SignResponse Sign(SignRequest request)
    {
        var csr = CertificateRequest.LoadSigningRequest(request.Csr.ToByteArray(), HashAlgorithmName.SHA256);
        using var leaf = Leaf(SpiffeId.ForService(TrustDomain, request.Service), csr.PublicKey);
        var answer = new SignResponse { TrustDomain = TrustDomain, AccessToken = "access-of-" + request.Service };
        answer.Chain.Add(ByteString.CopyFrom(leaf.RawData));
        if (_cross is not null)
        {
            answer.Chain.Add(ByteString.CopyFrom(_cross.RawData));
        }

        answer.Roots.AddRange(Roots);
        return answer;
    }

    /// <summary>A certificate with its key for a client that is no sidecar.</summary>
    public X509Certificate2 Client(string id)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = Leaf(SpiffeId.TryParse(id, out var parsed, out string problem) ? parsed : throw new ArgumentException(problem, nameof(id)), new PublicKey(key));
        return leaf.CopyWithPrivateKey(key);
    }

    /// <summary>A new root signs from now on, vouched for by the old one.</summary>
    public void Rotate()
    {
        var next = MakeRoot(_clock);
        _cross = Issue(AuthorityRequest(next.SubjectName, next.PublicKey), _roots[0], TimeSpan.FromDays(1));
        _roots.Insert(0, next);
    }

    public void Dispose() => _roots.ForEach(r => r.Dispose());

    private static X509Certificate2 MakeRoot(TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = clock.GetUtcNow();
        var name = new X500DistinguishedName($"CN=test root {Guid.NewGuid():N}");
        using var root = AuthorityRequest(name, new PublicKey(key)).Create(name, X509SignatureGenerator.CreateForECDsa(key), now.AddHours(-1), now.AddDays(2), Serial());
        return root.CopyWithPrivateKey(key);
    }

    private static CertificateRequest AuthorityRequest(X500DistinguishedName name, PublicKey key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        return request;
    }

    private X509Certificate2 Leaf(SpiffeId id, PublicKey key)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(Svid.Extension(id, critical: true));
        return Issue(request, _roots[0], life);
    }

    private X509Certificate2 Issue(CertificateRequest request, X509Certificate2 issuer, TimeSpan life)
    {
        using var key = issuer.GetECDsaPrivateKey()!;
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single()));
        var now = _clock.GetUtcNow();
        return request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Backdated, now + life, Serial());
    }

    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}

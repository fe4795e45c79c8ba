using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Contracts.Tests.Identity;

public sealed class SvidTests
{
    private const string Id = "spiffe://mesh.local/ns/default/sa/checkout";

    [Fact]
    public void TryRead_WorkloadCertificate_GivesItsId()
    {
        using var leaf = Make(X509KeyUsageFlags.DigitalSignature, isAuthority: false, Id);

        Assert.True(Svid.TryRead(leaf, out var id, out string problem), problem);
        Assert.Equal(Id, id.Text);
    }

    [Fact]
    public void TryRead_TwoUris_IsRefused() => Refused("more than one", X509KeyUsageFlags.DigitalSignature, false, Id, "https://elsewhere.example/");

    [Fact]
    public void TryRead_SigningCertificate_IsRefused() => Refused("signing", X509KeyUsageFlags.DigitalSignature, true, Id);

    [Fact]
    public void TryRead_KeyThatMaySignOthers_IsRefused() => Refused("may sign", X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, false, Id);

    [Fact]
    public void TryRead_KeyThatMayNotSign_IsRefused() => Refused("digitalSignature", X509KeyUsageFlags.KeyEncipherment, false, Id);

    [Fact]
    public void TryRead_TrustDomainAlone_IsRefused() => Refused("no workload", X509KeyUsageFlags.DigitalSignature, false, "spiffe://mesh.local");

    [Fact]
    public void TryRead_NoUri_IsRefused() => Refused("no SPIFFE id", X509KeyUsageFlags.DigitalSignature, false);

    private static void Refused(string reason, X509KeyUsageFlags usage, bool isAuthority, params string[] uris)
    {
        using var leaf = Make(usage, isAuthority, uris);

        Assert.False(Svid.TryRead(leaf, out var id, out string problem));
        Assert.Null(id);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    private static X509Certificate2 Make(X509KeyUsageFlags usage, bool isAuthority, params string[] uris)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        request.CertificateExtensions.Add(Names(uris));
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return request.CreateSelfSigned(from, from.AddDays(1));
    }

    // A DNS name first: other kinds of names must be passed over.
    private static X509Extension Names(string[] uris)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "checkout.mesh", new Asn1Tag(TagClass.ContextSpecific, 2));
            foreach (string uri in uris)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }

        return new X509Extension(Svid.SubjectAlternativeName, writer.Encode(), critical: true);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshInsight.Contracts.Identity;

/// <summary>
/// X.509-SVIDs, the certificates that carry a <see cref="SpiffeId"/>
/// (https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md). Says what a certificate claims; whether a trusted root signed it is the chain's business.
/// </summary>
public static class Svid
{
    public const string SubjectAlternativeName = "2.5.29.17";

    // GeneralName ::= CHOICE { … uniformResourceIdentifier [6] IA5String … } (RFC 5280 section 4.2.1.6)
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The workload's id, when the certificate is one that a workload may present (section 4 and 5 of the standard).</summary>
    /// <param name="problem">What is wrong, as one sentence; empty when nothing is.</param>
    public static bool TryRead(X509Certificate2 leaf, [NotNullWhen(true)] out SpiffeId? id, out string problem)
    {
        id = null;
        problem = "";
        foreach (var extension in leaf.Extensions)
        {
            problem = extension switch
            {
                X509BasicConstraintsExtension { CertificateAuthority: true } => "The certificate is a signing certificate, which no workload may present.",
                X509KeyUsageExtension usage when (usage.KeyUsages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != 0 =>
                    "The certificate may sign others, which no workload's may.",
                X509KeyUsageExtension usage when (usage.KeyUsages & X509KeyUsageFlags.DigitalSignature) == 0 => "The certificate's key usage lacks digitalSignature.",
                { Oid.Value: SubjectAlternativeName } names => ReadId(names.RawData, out id),
                _ => problem,
            };
            if (problem.Length > 0)
            {
                id = null;
                return false;
            }
        }

        problem = id is null ? "The certificate carries no SPIFFE id." : id.Path.Length == 0 ? $"{id} names a trust domain, no workload." : "";
        id = problem.Length == 0 ? id : null;
        return id is not null;
    }

    /// <summary>The extension that carries an id, critical as the standard asks where the subject is empty.</summary>
    public static X509Extension Extension(SpiffeId id, bool critical)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, id.Text, s_uri);
        }

        return new X509Extension(SubjectAlternativeName, writer.Encode(), critical);
    }

    // Exactly one URI; names of other kinds are not ours to judge.
    private static string ReadId(ReadOnlyMemory<byte> names, out SpiffeId? id)
    {
        id = null;
        try
        {
            var sequence = new AsnReader(names, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                if (!sequence.PeekTag().HasSameClassAndValue(s_uri))
                {
                    sequence.ReadEncodedValue();
                    continue;
                }

                if (id is not null)
                {
                    return "The certificate carries more than one URI.";
                }

                if (!SpiffeId.TryParse(sequence.ReadCharacterString(UniversalTagNumber.IA5String, s_uri), out id, out string problem))
                {
                    return problem;
                }
            }

            return "";
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or DecoderFallbackException)
        {
            return "The certificate's alternative names cannot be read.";
        }
    }
}

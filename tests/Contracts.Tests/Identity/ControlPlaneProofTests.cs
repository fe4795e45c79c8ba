using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Contracts.Tests.Identity;

public sealed class ControlPlaneProofTests : IDisposable
{
    private const string Token = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private byte[] Public => _key.ExportSubjectPublicKeyInfo();

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void MeshToken_ProvesTheKeyThatItsHolderNamed_AndNoOther()
    {
        using var own = Certificate(_key, ControlPlaneProof.Of(Token, Public));
        using var copied = Certificate(_other, ControlPlaneProof.Of(Token, Public));

        Assert.True(ControlPlaneProof.IsProved(own, Token));
        Assert.False(ControlPlaneProof.IsProved(copied, Token));
        Assert.False(ControlPlaneProof.IsProved(own, Token + "0"));
        Assert.False(ControlPlaneProof.IsProved(own, ""));
        Assert.False(ControlPlaneProof.IsProved(own, null));
    }

    [Fact]
    public void JoinToken_ProvesTheKeyThatItEndsWith_AndNoOther()
    {
        string join = $"join.{Token}.{ControlPlaneProof.PinOf(Public)}";
        using var own = Certificate(_key, "whatever");
        using var other = Certificate(_other, ControlPlaneProof.Of(join, _other.ExportSubjectPublicKeyInfo()));

        Assert.True(ControlPlaneProof.IsProved(own, join));
        Assert.False(ControlPlaneProof.IsProved(other, join));
        Assert.False(ControlPlaneProof.IsProved(own, $"join.{Token}"));
    }

    [Theory]
    [InlineData(Token, Token)]
    [InlineData("join." + Token, "join." + Token)]
    [InlineData("join." + Token + "." + Token, "join." + Token)]
    [InlineData("join.abc", "join.abc")]
    [InlineData("a.b." + Token, "a.b." + Token)]
    public void SecretOf_AToken_IsWhatTheControlPlaneIsShown(string token, string secret) => Assert.Equal(secret, ControlPlaneProof.SecretOf(token));

    private static X509Certificate2 Certificate(ECDsa key, string name)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddDays(1));
    }
}

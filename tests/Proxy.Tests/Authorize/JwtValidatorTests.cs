using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Authorize;

namespace MeshInsight.Proxy.Tests.Authorize;

/// <summary>Vectors of RFC 7515 (appendix A) and RFC 7519, and the attacks of RFC 8725.</summary>
public sealed class JwtValidatorTests : IDisposable
{
    private const string RfcRsaKey = """
        {"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}
        """;

    private const string RfcEcKey = """
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
        """;

    private const string RfcClaims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    private const string RfcRs256 = "eyJhbGciOiJSUzI1NiJ9." + RfcClaims
        + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    private const string RfcEs256 = "eyJhbGciOiJFUzI1NiJ9." + RfcClaims
        + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    private static readonly DateTimeOffset RfcExpiry = DateTimeOffset.FromUnixTimeSeconds(1300819380);
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(RfcRs256)]
    [InlineData(RfcEs256)]
    public void Validate_VectorsOfRfc7515_AreGoodUntilTheyExpire(string token)
    {
        var validator = Validator("joe", [], RfcRsaKey, RfcEcKey);

        Assert.Equal("joe", validator.Validate(token, RfcExpiry.AddSeconds(59)).Claims?.Issuer);
        Assert.Equal("the token has expired", validator.Validate(token, RfcExpiry.AddSeconds(60)).Problem);
        Assert.Contains("which is not expected", Validator("jane", [], RfcRsaKey).Validate(token, RfcExpiry).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_UnsecuredTokenOfRfc7519_IsRefused()
    {
        var validator = Validator("joe", [], RfcRsaKey, RfcEcKey);

        Assert.Contains("not a signed JWT", validator.Validate($"eyJhbGciOiJub25lIn0.{RfcClaims}.", RfcExpiry).Problem, StringComparison.Ordinal);
        Assert.Contains("for which there is no key", validator.Validate($"eyJhbGciOiJub25lIn0.{RfcClaims}.AAAA", RfcExpiry).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_PublicKeyUsedAsHmacSecret_IsRefused()
    {
        string signed = $"{Encode("""{"alg":"HS256"}""")}.{RfcClaims}";
        byte[] tag = HMACSHA256.HashData(Encoding.UTF8.GetBytes(RfcRsaKey), Encoding.ASCII.GetBytes(signed));

        Assert.Contains("\"HS256\", for which there is no key", Validator("joe", [], RfcRsaKey).Validate($"{signed}.{Base64Url.EncodeToString(tag)}", RfcExpiry).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_KeyOfOneAlgorithmAskedForAnother_IsRefused() =>
        Assert.Contains("for which there is no key", Validator("joe", [], RfcRsaKey).Validate(RfcEs256, RfcExpiry).Problem, StringComparison.Ordinal);

    [Fact]
    public void Validate_AnyChangedBit_IsRefused()
    {
        var validator = Validator("joe", [], RfcEcKey);
        var random = new Random(17);
        for (int i = 0; i < 100; i++)
        {
            char[] token = RfcEs256.ToCharArray();
            int at = random.Next(token.Length - 1);
            token[at] = token[at] == 'A' ? 'B' : 'A';
            Assert.Null(validator.Validate(new string(token), RfcExpiry).Claims);
        }
    }

    [Theory]
    [InlineData("""{"iss":"me","sub":"alice","aud":["shop","other"],"exp":1767229200}""", "")]
    [InlineData("""{"iss":"me","sub":"alice","aud":"shop","exp":1767229200,"nbf":1767225600}""", "")]
    [InlineData("""{"iss":"you","aud":"shop","exp":1767229200}""", "not expected")]
    [InlineData("""{"aud":"shop","exp":1767229200}""", "not expected")]
    [InlineData("""{"iss":"me","aud":"bank","exp":1767229200}""", "another audience")]
    [InlineData("""{"iss":"me","exp":1767229200}""", "another audience")]
    [InlineData("""{"iss":"me","aud":"shop"}""", "no time of expiry")]
    [InlineData("""{"iss":"me","aud":"shop","exp":"1767229200"}""", "no time of expiry")]
    [InlineData("""{"iss":"me","aud":"shop","exp":1767225539}""", "expired")]
    [InlineData("""{"iss":"me","aud":"shop","exp":1767229200,"nbf":1767225661}""", "not valid yet")]
    [InlineData("""{"iss":"me","aud":"shop","exp":1767229200,"nbf":"soon"}""", "not valid yet")]
    [InlineData("""{"iss":"me","iss":"you","aud":"shop","exp":1767229200}""", "twice")]
    public void Validate_Claims_AreHeldAgainstTheRule(string claims, string problem)
    {
        var answer = Validator("me", ["shop"], OwnKey("k1")).Validate(Sign("""{"alg":"ES256","kid":"k1"}""", claims), Now);

        Assert.Equal(problem.Length == 0, answer.Claims is not null);
        Assert.Contains(problem, answer.Problem, StringComparison.Ordinal);
        Assert.Equal(problem.Length == 0 ? "me/alice" : null, answer.Claims?.Principal);
    }

    [Theory]
    [InlineData("""{"alg":"ES256"}""", "")]
    [InlineData("""{"alg":"ES256","typ":"JWT","kid":"k1"}""", "")]
    [InlineData("""{"alg":"ES256","kid":"k2"}""", "names the key \"k2\"")]
    [InlineData("""{"alg":"ES256","typ":"dpop+jwt"}""", "of the type")]
    [InlineData("""{"alg":"ES256","crit":["x"],"x":1}""", "crit")]
    [InlineData("""{"alg":"ES256","alg":"none"}""", "twice")]
    [InlineData("""{"alg":"es256"}""", "no key")]
    [InlineData("""{}""", "no key")]
    [InlineData("""[]""", "no JSON object")]
    public void Validate_Header_IsHeldAgainstTheKeys(string header, string problem)
    {
        var answer = Validator("me", [], OwnKey("k1")).Validate(Sign(header, """{"iss":"me","exp":1767229200}"""), Now);

        Assert.Equal(problem.Length == 0, answer.Claims is not null);
        Assert.Contains(problem, answer.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("e30.e30.AA==")]
    [InlineData("e30.%%.AA")]
    public void Validate_NoToken_IsRefused(string token) => Assert.Contains("not a signed JWT", Validator("me", [], OwnKey("k1")).Validate(token, Now).Problem, StringComparison.Ordinal);

    private static JwtValidator Validator(string issuer, IReadOnlyList<string> audiences, params string[] keys) =>
        new([new JwtRuleConfig("rule", [], issuer, audiences, $$"""{"keys":[{{string.Join(',', keys)}}]}""", false)]);

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private string OwnKey(string id)
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return $$"""{"kty":"EC","crv":"P-256","kid":"{{id}}","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
    }

    private string Sign(string header, string claims)
    {
        string signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))}";
    }
}

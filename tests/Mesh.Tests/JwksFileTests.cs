using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>Keys that a file gives: from the file to the sidecar that judges a token by them.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class JwksFileTests(EchoMesh mesh) : IDisposable
{
    private const string Issuer = "https://issuer.test";

    private readonly ECDsa _first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _second = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Keys_OfAFile_AreUsed_AndReplacedWhenItChanges()
    {
        string file = Path.Combine(mesh.JwksDirectory, "issuer.json");
        await File.WriteAllTextAsync(file, KeySet(_first));
        await using var _ = await mesh.ApplyAsync(Rule(file));

        Assert.Equal(200, await StatusAsync(_first));
        Assert.Equal(401, await StatusAsync(_second));

        await File.WriteAllTextAsync(file, KeySet(_second));
        await Eventually.GetAsync(() => StatusAsync(_second), status => status == 200);
        Assert.Equal(401, await StatusAsync(_first));

        // No key set: the keys before stay, and the problem is told.
        await File.WriteAllTextAsync(file, "{}");
        await Eventually.GetAsync(mesh.StatusAsync, status => status.Contains("issuer.json: The key set must be a JSON object", StringComparison.Ordinal));
        Assert.Equal(200, await StatusAsync(_second));
    }

    [Fact]
    public async Task File_ThatIsNotThere_HasEveryTokenRefused_UntilItComes()
    {
        string file = Path.Combine(mesh.JwksDirectory, "late.json");
        await using var _ = await mesh.ApplyAsync(Rule(file));

        Assert.Equal(401, await StatusAsync(_first));
        Assert.Contains("late.json cannot be read", await mesh.StatusAsync(), StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, KeySet(_first));
        await Eventually.GetAsync(() => StatusAsync(_first), status => status == 200);
        Assert.DoesNotContain("late.json", await mesh.StatusAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_OutsideTheDirectory_IsNotRead()
    {
        string file = Path.Combine(mesh.JwksDirectory, "..", "outside.json");
        await File.WriteAllTextAsync(file, KeySet(_first));
        await using var _ = await mesh.ApplyAsync(Rule(file));

        Assert.Equal(401, await StatusAsync(_first));
        Assert.Contains("is not below MESH_JWKS_DIR", await mesh.StatusAsync(), StringComparison.Ordinal);
    }

    private async Task<int> StatusAsync(ECDsa key) => (await mesh.Client.GetAsync("echo-v1/", ("authorization", "Bearer " + Token(key)))).Status;

    private static string Rule(string file) => $$"""
        apiVersion: meshinsight.io/v1
        kind: RequestAuthentication
        metadata: { name: from-a-file }
        spec:
          targetRefs: [{ group: "", kind: Service, name: echo-v1 }]
          jwtRules: [{ issuer: "{{Issuer}}", jwksUri: "file://{{file}}" }]
        """;

    private static string KeySet(ECDsa key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = "EC", crv = "P-256", x = Base64Url(q.X!), y = Base64Url(q.Y!) } } });
    }

    private static string Token(ECDsa key)
    {
        string head = Base64Url("""{"alg":"ES256"}"""u8.ToArray());
        string claims = Base64Url(JsonSerializer.SerializeToUtf8Bytes(new { iss = Issuer, sub = "alice", exp = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds() }));
        return $"{head}.{claims}.{Base64Url(key.SignData(Encoding.ASCII.GetBytes($"{head}.{claims}"), HashAlgorithmName.SHA256))}";
    }

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;
using MeshInsight.Control.V1;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.Grpc.Failures;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Identity;

public sealed class SignTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Sign_MeshToken_GivesASvidThatTheRootVouchesFor()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var client = new IdentityClient(control);

        var answer = await client.SignAsync(control.Token);

        using var leaf = IdentityClient.Leaf(answer);
        Assert.True(Svid.TryRead(leaf, out var id, out string problem), problem);
        Assert.Equal("spiffe://mesh.local/ns/default/sa/checkout", id.Text);
        Assert.Equal("", leaf.Subject);
        Assert.True(leaf.Extensions[Svid.SubjectAlternativeName]!.Critical);
        var uses = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value);
        Assert.Equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], uses);
        Assert.InRange((leaf.NotAfter - leaf.NotBefore).TotalHours, 24, 24.1);
        Assert.Equal("", IdentityClient.ChainProblem(answer, answer.Roots, TimeProvider.System.GetUtcNow()));
        using var root = X509CertificateLoader.LoadCertificate(answer.Roots[0].Span);
        Assert.False(Svid.TryRead(root, out _, out _));
    }

    [Fact]
    public async Task Sign_JoinToken_WorksOnceForOneKeyOfItsService()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        string token = await CreateTokenAsync(control, "checkout");
        using var other = new IdentityClient(control);
        using var client = new IdentityClient(control);

        var wrongService = await Assert.ThrowsAsync<GrpcException>(() => other.SignAsync(token, "payment"));
        await client.SignAsync(token);
        await client.SignAsync(token);
        var again = await Assert.ThrowsAsync<GrpcException>(() => other.SignAsync(token));

        Assert.Contains("for the service \"checkout\"", wrongService.Message, StringComparison.Ordinal);
        Assert.Equal(GrpcStatusCode.Unauthenticated, again.Code);
        Assert.Contains("used already", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_JoinTokenAfterARestart_IsStillUsed()
    {
        string token;
        await using (var control = await RunningControlPlane.StartAsync(_directory))
        {
            token = await CreateTokenAsync(control, "checkout");
            using var client = new IdentityClient(control);
            await client.SignAsync(token);
        }

        await using var restarted = await RunningControlPlane.StartAsync(_directory);
        using var other = new IdentityClient(restarted);

        await Assert.ThrowsAsync<GrpcException>(() => other.SignAsync(token));
    }

    [Fact]
    public void Redeem_AfterItsEnd_IsRefused()
    {
        var clock = new ManualTimeProvider();
        var tokens = new JoinTokens(_directory.Path, clock);
        var (token, _) = tokens.Create("checkout", TimeSpan.FromMinutes(10));

        clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Contains("has ended", tokens.Redeem(token, "checkout", [1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_ForgedOrForeignRequest_IsRefusedAndLeavesTheTokenGood()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        string token = await CreateTokenAsync(control, "checkout");
        using var client = new IdentityClient(control);
        byte[] forged = client.Csr;
        // The last byte belongs to the signature by the key that the request names.
        forged[^1] ^= 1;
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        foreach (byte[] csr in (byte[][])[forged, IdentityClient.CsrOf(p384), [1, 2, 3], [], new byte[9000]])
        {
            var refused = await Assert.ThrowsAsync<GrpcException>(() => client.SignAsync(token, csr: csr));
            Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
        }

        await client.SignAsync(token);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    public async Task Sign_ServiceThatCannotBeAnId_IsRefused(string service)
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var client = new IdentityClient(control);

        Assert.Equal(GrpcStatusCode.InvalidArgument, (await Assert.ThrowsAsync<GrpcException>(() => client.SignAsync(control.Token, service))).Code);
    }

    [Fact]
    public async Task Sign_Renewal_NeedsTheCurrentKeyAndTheSameService()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var client = new IdentityClient(control);
        using var thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var first = await client.SignAsync(control.Token);

        var renewed = await client.RenewAsync(first);
        var stolen = await Assert.ThrowsAsync<GrpcException>(() => client.RenewAsync(first, prover: thief));
        var other = await Assert.ThrowsAsync<GrpcException>(() => client.RenewAsync(first, "payment"));
        var nothing = await Assert.ThrowsAsync<GrpcException>(() => client.SignAsync(null));

        Assert.NotEqual(first.Chain[0], renewed.Chain[0]);
        Assert.All([stolen, other, nothing], e => Assert.Equal(GrpcStatusCode.Unauthenticated, e.Code));
        Assert.Contains("was not signed by the key", stolen.Message, StringComparison.Ordinal);
        Assert.Contains("not one of the service \"payment\"", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_RenewalWithACertificateOfAnotherMesh_IsRefused()
    {
        using var elsewhere = new TempDirectory();
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await using var foreign = await RunningControlPlane.StartAsync(elsewhere);
        using var client = new IdentityClient(foreign);
        var first = await client.SignAsync(foreign.Token);
        using var here = new IdentityClient(control);

        var refused = await Assert.ThrowsAsync<GrpcException>(() => here.RenewAsync(first, prover: client.Key));

        Assert.Contains("not good", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_AccessToken_OpensTheStreamOfItsServiceOnly()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var client = new IdentityClient(control);
        string access = (await client.SignAsync(control.Token)).AccessToken;

        await using (var proxy = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1", token: access))
        {
            await proxy.WaitAsync(s => s.Clusters.Count > 0);
        }

        var refused = await Assert.ThrowsAsync<GrpcException>(() => HelloAsync(control, access, "payment"));
        var forged = await Assert.ThrowsAsync<GrpcException>(() => HelloAsync(control, access[..^2] + "AA", "checkout"));

        Assert.Equal(GrpcStatusCode.PermissionDenied, refused.Code);
        Assert.Equal(GrpcStatusCode.Unauthenticated, forged.Code);
    }

    [Fact]
    public async Task Files_WithSecrets_AreReadableByTheirOwnerOnly()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await CreateTokenAsync(control, "checkout");

        var files = Directory.GetFiles(Path.Combine(_directory.File("data"), "identity"));

        Assert.Equal(4, files.Length);
        Assert.All(files, f => Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(f) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), f));
        Assert.All(files, f => Assert.DoesNotContain("join.", File.ReadAllText(f), StringComparison.Ordinal));
    }

    private static async Task<string> CreateTokenAsync(RunningControlPlane control, string service)
    {
        using var response = await control.PostAsync($"/tokens?service={service}");
        return System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("token").GetString()!;
    }

    private static async Task HelloAsync(RunningControlPlane control, string token, string service)
    {
        using var channel = control.Channel(token);
        await using var call = channel.Duplex<ProxyMessage, ControlMessage>("/meshinsight.control.v1.MeshControl/Connect", ControlMessage.Parser);
        await call.WriteAsync(new() { Hello = new() { InstanceId = "a", Service = service } });
        await call.ReadAsync();
    }
}

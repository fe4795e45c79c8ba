using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Identity;

public sealed class AuthorityTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Rotate_WhileTheOldRootIsInUse_BothSidesVerifyEachOther()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var client = new IdentityClient(control);
        await using var proxy = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
        var before = await client.SignAsync(control.Token);

        using var rotated = await control.PostAsync("/identity/rotate");
        var after = await client.RenewAsync(before);

        Assert.Equal(HttpStatusCode.OK, rotated.StatusCode);
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal(2, after.Roots.Count);
        // Old to new: the cross-signed root leads there. New to old: the old root is still among the roots.
        Assert.Equal("", IdentityClient.ChainProblem(after, before.Roots, now));
        Assert.Equal("", IdentityClient.ChainProblem(before, after.Roots, now));
        // Who has only the new root already follows too.
        Assert.Equal("", IdentityClient.ChainProblem(after, [after.Roots[0]], now));
        await proxy.WaitAsync(s => s.Security.Roots.SequenceEqual(after.Roots));
        using var again = await control.PostAsync("/identity/rotate");
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Fact]
    public void Rotate_AfterTheLastOldCertificateEnded_TheOldRootLeaves()
    {
        var clock = new ManualTimeProvider();
        var authority = new OwnAuthority(_directory.Path, "mesh.local", TimeSpan.FromHours(24), clock);
        string first = authority.Current.Issuer.Thumbprint;
        Assert.Equal("", authority.Rotate());

        clock.Advance(TimeSpan.FromHours(24));
        Assert.False(authority.Refresh());
        var restarted = new OwnAuthority(_directory.Path, "mesh.local", TimeSpan.FromHours(24), clock);
        Assert.Equal(2, restarted.Current.Roots.Count);
        clock.Advance(TimeSpan.FromMinutes(6));

        Assert.True(restarted.Refresh());
        Assert.Equal([restarted.Current.Issuer.Thumbprint], restarted.Current.Roots.Select(r => r.Thumbprint));
        Assert.NotEqual(first, restarted.Current.Issuer.Thumbprint);
        Assert.Empty(restarted.Current.Intermediates);
    }

    [Fact]
    public void Refresh_RootInItsLastYear_RotatesByItself()
    {
        var clock = new ManualTimeProvider();
        var authority = new OwnAuthority(_directory.Path, "mesh.local", TimeSpan.FromHours(24), clock);

        clock.Advance(CertificateMaker.RootLife - TimeSpan.FromDays(360));

        Assert.True(authority.Refresh());
        Assert.Equal(2, authority.Current.Roots.Count);
    }

    [Fact]
    public async Task Start_WithTheDataOfBefore_KeepsTheRoot()
    {
        ByteString root;
        await using (var control = await RunningControlPlane.StartAsync(_directory))
        {
            using var client = new IdentityClient(control);
            root = (await client.SignAsync(control.Token)).Roots[0];
        }

        await using var again = await RunningControlPlane.StartAsync(_directory);
        using var other = new IdentityClient(again);

        Assert.Equal(root, (await other.SignAsync(again.Token)).Roots[0]);
    }

    [Fact]
    public void Start_DataOfAnotherTrustDomain_IsRefusedWithBothNames()
    {
        _ = new OwnAuthority(_directory.Path, "one.example", TimeSpan.FromHours(24), TimeProvider.System);

        var refused = Assert.Throws<InvalidDataException>(() => new OwnAuthority(_directory.Path, "two.example", TimeSpan.FromHours(24), TimeProvider.System));

        Assert.Contains("one.example", refused.Message, StringComparison.Ordinal);
        Assert.Contains("two.example", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExternalAuthority_IntermediateInFiles_SignsAndIsSentAlong()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var root = CertificateMaker.Root("mesh.local", now);
        var files = WriteIntermediate(root, now);
        await using var control = await RunningControlPlane.StartAsync(_directory, o => o with { ExternalAuthority = files });
        using var client = new IdentityClient(control);

        var answer = await client.SignAsync(control.Token);

        Assert.Equal(2, answer.Chain.Count);
        Assert.Equal(root.RawData, answer.Roots.Single().ToByteArray());
        Assert.Equal("", IdentityClient.ChainProblem(answer, answer.Roots, now));
        using var rotated = await control.PostAsync("/identity/rotate");
        Assert.Equal(HttpStatusCode.Conflict, rotated.StatusCode);
    }

    [Fact]
    public void ExternalAuthority_FilesReplacedOneByOne_SwitchesOnceTheyFit()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var root = CertificateMaker.Root("mesh.local", now);
        var files = WriteIntermediate(root, now);
        var authority = new ExternalAuthority(files);
        string first = authority.Current.Issuer.Thumbprint;

        string key = File.ReadAllText(files.Key);
        File.WriteAllText(files.Key, "not a key");
        File.SetLastWriteTimeUtc(files.Key, now.UtcDateTime.AddMinutes(1));
        Assert.Throws<InvalidDataException>(() => authority.Refresh());
        Assert.Equal(first, authority.Current.Issuer.Thumbprint);
        File.WriteAllText(files.Key, key);
        File.SetLastWriteTimeUtc(files.Key, now.UtcDateTime.AddMinutes(2));

        Assert.True(authority.Refresh());
        Assert.False(authority.Refresh());
    }

    private ExternalAuthorityFiles WriteIntermediate(X509Certificate2 root, DateTimeOffset now)
    {
        using var named = CertificateMaker.Root("mesh.local", now);
        using var intermediate = CertificateMaker.Cross(named, root, "mesh.local", now);
        var files = new ExternalAuthorityFiles(_directory.File("ca.pem"), _directory.File("ca.key"), _directory.File("roots.pem"));
        File.WriteAllText(files.Certificate, intermediate.ExportCertificatePem());
        File.WriteAllText(files.Key, named.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.Roots, root.ExportCertificatePem());
        return files;
    }
}

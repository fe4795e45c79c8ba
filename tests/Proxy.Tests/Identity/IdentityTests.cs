using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Identity;

public sealed class IdentityTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Join_WithAJoinToken_PresentsItOnceAndOpensTheStreamWithWhatItGot()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        string tokenFile = Path.Combine(rig.Directory, "join");
        await File.WriteAllTextAsync(tokenFile, "join.abc\n");

        await MeshRig.IdentifiedAsync(rig.StartCallerAsync(o => o with { TokenFile = tokenFile }));

        Assert.Equal("Bearer join.abc", await NextAsync(rig));
        await rig.Control.Hellos.Reader.ReadAsync(new CancellationTokenSource(Patience).Token);
        Assert.Equal("Bearer access-of-web", rig.Control.Tokens.Single());
    }

    [Fact]
    public async Task Join_AnswerLost_AsksAgainForTheSameKey()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        rig.Control.AnswersLost = 2;

        await MeshRig.IdentifiedAsync(rig.StartCallerAsync());

        var keys = rig.Control.SignRequests.Select(r => CertificateRequest.LoadSigningRequest(r.Csr.ToByteArray(), HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo()).ToList();
        Assert.Equal(3, keys.Count);
        Assert.All(keys, k => Assert.Equal(keys[0], k));
    }

    [Fact]
    public async Task Restart_WithTheIdentityOnDisk_NeedsNoSigning()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var first = await MeshRig.IdentifiedAsync(rig.StartCallerAsync(o => o with { Instance = "web-1" }));
        string thumbprint = first.Identity!.Current!.Leaf.Thumbprint;
        await first.StopAsync();
        Assert.Null(await NextAsync(rig));

        var second = await MeshRig.IdentifiedAsync(rig.StartCallerAsync(o => o with { Instance = "web-1" }));

        Assert.Equal(thumbprint, second.Identity!.Current!.Leaf.Thumbprint);
        Assert.False(rig.Control.Signings.Reader.TryRead(out _));
        string file = Path.Combine(rig.Directory, "identity-web-1.pem");
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task Renewal_AtHalfLife_IsProvedByTheCertificateInForce()
    {
        var clock = new ManualTimeProvider();
        await using var rig = await MeshRig.StartAsync();
        rig.Clock = clock;
        rig.Control.Authority = new TestAuthority(TimeSpan.FromSeconds(100), clock);
        var sidecar = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        using var before = sidecar.Identity!.Current!.Leaf.GetECDsaPrivateKey()!;

        Assert.Null(await NextAsync(rig));
        Assert.Equal("proof", await AfterAsync(rig, clock, 50, 51));
        Assert.Equal("proof", await AfterAsync(rig, clock, 50, 51));

        using var after = sidecar.Identity.Current.Leaf.GetECDsaPrivateKey()!;
        Assert.NotEqual(before.ExportSubjectPublicKeyInfo(), after.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Renewal_OfAShortCertificateDatedBack_WaitsForHalfOfWhatIsLeft()
    {
        var clock = new ManualTimeProvider();
        await using var rig = await MeshRig.StartAsync();
        rig.Clock = clock;
        rig.Control.Authority = new TestAuthority(TimeSpan.FromSeconds(4), clock) { Backdated = TimeSpan.FromMinutes(2) };
        await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        await NextAsync(rig);

        Assert.Equal("proof", await AfterAsync(rig, clock, 2, 2.04));
    }

    [Fact]
    public async Task Trust_RootsThatDoNotVouchForUs_AskForANewCertificateAtOnce()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var caller = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        await NextAsync(rig);
        // The first signing opens a short time in which doubts are not acted on; a restart of the keeper's patience is not worth a test clock.
        string before = caller.Identity!.Current!.Leaf.Thumbprint;
        rig.Control.Authority!.Dispose();
        rig.Control.Authority = new TestAuthority(TimeSpan.FromHours(1));

        await rig.PublishAsync(1, rig.Secure(MeshConfig.Of([], [])));

        Assert.Equal("proof", await NextAsync(rig));
        Assert.Equal(TestAuthority.IdOf("web"), caller.Identity.Current!.Id.Text);
        Assert.NotNull(before);
    }

    [Fact]
    public async Task Start_ControlPlaneWithoutIdentities_WorksInPlainText()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var rigged = rig;
        using var client = MeshRig.Client(caller);

        Assert.Equal("ok", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
        Assert.False(caller.Identity!.IsReady);
        Assert.Contains(rig.Loggers.Lines, l => l.StartsWith("No certificate yet: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_TokenFileNotThere_SaysSoOnce()
    {
        await using var rig = await MeshRig.StartAsync();
        await rig.StartCallerAsync(o => o with { TokenFile = Path.Combine(rig.Directory, "token") });

        // Read for the certificate and for the stream, which is open then.
        await rig.PublishAsync(1, MeshConfig.Of([], []));

        Assert.Single(rig.Loggers.Lines, l => l.StartsWith("The token file ", StringComparison.Ordinal));
    }

    [Fact]
    public void StoredIdentity_OfAnotherServiceOrBroken_IsRefusedWithTheReason()
    {
        using var directory = new Testing.TempDirectory();
        using var authority = new TestAuthority(TimeSpan.FromHours(1));
        using var certificate = authority.Client(TestAuthority.IdOf("payment"));
        using var key = certificate.GetECDsaPrivateKey()!;
        var file = new IdentityFile(directory.File("identity.pem"));
        file.Write(WorkloadIdentity.Create([certificate.RawData], key, "payment", "token"));

        Assert.Equal("token", file.TryRead("payment")!.AccessToken);
        Assert.Contains("is of the service \"checkout\"", Assert.Throws<InvalidDataException>(() => file.TryRead("checkout")).Message, StringComparison.Ordinal);
        File.WriteAllText(file.Path, "access-token: x\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        Assert.Throws<InvalidDataException>(() => file.TryRead("payment"));
    }

    /// <summary>The signing asked for after a pause of so many seconds.</summary>
    private static async Task<string?> AfterAsync(MeshRig rig, ManualTimeProvider clock, double least, double most)
    {
        await clock.AwaitedAsync(left => left.TotalSeconds >= least && left.TotalSeconds <= most);
        clock.Advance(TimeSpan.FromSeconds(most));
        return await NextAsync(rig);
    }

    private static async Task<string?> NextAsync(MeshRig rig)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await rig.Control.Signings.Reader.ReadAsync(limit.Token);
    }
}

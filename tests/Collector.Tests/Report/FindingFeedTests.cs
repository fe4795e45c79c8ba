using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Identity;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests.Report;

public sealed class FindingFeedTests
{
    [Fact]
    public async Task Windows_WithoutTraffic_ComeOnceASecondInOrder()
    {
        await using var control = await FakeControlPlane.StartAsync();
        await using var collector = await RunningCollector.StartAsync(control: control.Url);

        await control.WaitAsync(reports => reports.Count >= 3);

        var reports = control.Reports;
        Assert.Equal(Enumerable.Range(1, reports.Count).Select(i => (ulong)i), reports.Select(r => r.Sequence));
        Assert.Equal(Enumerable.Range(0, reports.Count).Select(i => reports[0].WindowUnixSeconds + i), reports.Select(r => r.WindowUnixSeconds));
        Assert.Single(reports.Select(r => r.CollectorId).Distinct());
    }

    [Fact]
    public async Task Stream_ThatBreaks_IsTakenUpWithWhatWasNotAcknowledged()
    {
        var first = await FakeControlPlane.StartAsync();
        first.Acknowledges = false;
        await using var collector = await RunningCollector.StartAsync(control: first.Url);
        await first.WaitAsync(reports => reports.Count >= 2);
        int port = first.Url.Port;
        await first.DisposeAsync();

        await using var second = await FakeControlPlane.StartAsync(port);
        await second.WaitAsync(reports => reports.Count >= 3);

        // Nothing was acknowledged, so the new stream begins with the very first report, under its old number.
        Assert.Equal([1ul, 2, 3], second.Reports.Take(3).Select(r => r.Sequence));
        Assert.Equal(first.Reports[0], second.Reports[0]);
        Assert.True(collector.Host.Meters[MeterTable.Reports, "resent"].Value >= 2);
    }

    [Fact]
    public async Task Reports_BeyondTheBound_GoOldestFirst()
    {
        await using var collector = await RunningCollector.StartAsync(change: o => o with { Report = o.Report with { MaxUnacknowledged = 1 } });

        await Waiting.UntilAsync("a dropped report", () => collector.Host.Meters[MeterTable.Reports, "dropped"].Value > 0);
    }

    [Fact]
    public async Task Token_InTheFile_IsPresented()
    {
        using var directory = new TempDirectory();
        string file = directory.File("token");
        await File.WriteAllTextAsync(file, "secret\n");
        await using var control = await FakeControlPlane.StartAsync(token: "secret");
        await using var collector = await RunningCollector.StartAsync(control: control.Url, tokenFile: file);

        await control.WaitAsync(reports => reports.Count >= 1);
    }

    [Fact]
    public async Task ControlPlane_WithinTls_IsBelievedByTheTokenOnly()
    {
        using var directory = new TempDirectory();
        string file = directory.File("token");
        await File.WriteAllTextAsync(file, "another secret\n");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={ControlPlaneProof.Of("secret", key.ExportSubjectPublicKeyInfo())}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var control = await FakeControlPlane.StartAsync(token: "secret", certificate: certificate);
        await using var collector = await RunningCollector.StartAsync(control: control.Url, tokenFile: file);

        // A second one is only tried when the first was given up.
        await Waiting.UntilAsync("refused connections", () => control.Handshakes >= 2);
        Assert.Empty(control.Reports);

        await File.WriteAllTextAsync(file, "secret\n");
        await control.WaitAsync(reports => reports.Count >= 1);
    }
}

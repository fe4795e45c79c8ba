using System.Security.Cryptography;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Protocol = MeshInsight.Control.V1.GatewayListener.Types.Protocol;

namespace MeshInsight.Proxy.Tests.Tcp;

/// <summary>TLS at a gateway's listener that looks at the server name only, and one that ends TLS and passes bytes.</summary>
public sealed class EdgeTlsTests
{
    private const string Shop = "shop.example.com";

    [Fact]
    public async Task Passthrough_TheClientsTlsIsTheApps()
    {
        var app = TcpApp.StartTls("db", Shop);
        await using var rig = await TcpRig.StartAsync(app, before: r => Passthrough(r, ("", "db/v1")));

        await using var client = await TcpCaller.ConnectTlsAsync(rig.Port, Shop);

        Assert.Equal("db heard x", await client.AskAsync("x"));
        Assert.Equal(Hash(app), client.Shown);
        await client.FinishAsync();
        Assert.Equal("db saw the end", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
    }

    [Theory]
    [InlineData("shop.example.com", "exact")]
    [InlineData("SHOP.example.COM", "exact")]
    [InlineData("a.example.com", "wild")]
    [InlineData("a.b.example.com", "deep")]
    [InlineData("example.com", "")]
    [InlineData("other.org", "")]
    [InlineData("", "")]
    public async Task Passthrough_TheMostSpecificNameWins_AndNoNameIsClosedAndCounted(string serverName, string expected)
    {
        await using var exact = TcpApp.StartTls("exact", Shop);
        await using var deep = TcpApp.StartTls("deep", Shop);
        await using var rig = await TcpRig.StartAsync(TcpApp.StartTls("wild", Shop), isSecure: false, before: _ => { });
        var exactCallee = await rig.Mesh.StartSidecarAsync(new() { Service = "exact", Version = "v1", AppUrl = exact.Url, Protocol = ClusterProtocol.Tcp });
        var deepCallee = await rig.Mesh.StartSidecarAsync(new() { Service = "deep", Version = "v1", AppUrl = deep.Url, Protocol = ClusterProtocol.Tcp });
        rig.Snapshot.Clusters.Add(MeshConfig.Cluster("exact", "v1", ClusterProtocol.Tcp, exactCallee));
        rig.Snapshot.Clusters.Add(MeshConfig.Cluster("deep", "v1", ClusterProtocol.Tcp, deepCallee));
        Passthrough(rig, ("*.example.com", "db/v1"), ("*.b.example.com", "deep/v1"), (Shop, "exact/v1"));
        await rig.PublishAsync();

        if (expected.Length > 0)
        {
            await using (var client = await TcpCaller.ConnectTlsAsync(rig.Port, serverName))
            {
                Assert.Equal(expected + " heard x", await client.AskAsync("x"));
                await client.EndAsync();
            }

            await TcpRig.ClosedAsync(rig.Edge, "-");
        }
        else
        {
            await Assert.ThrowsAnyAsync<IOException>(() => TcpCaller.ConnectTlsAsync(rig.Port, serverName));
            await TcpRig.ClosedAsync(rig.Edge, "NR");
        }

        var line = Assert.Single(await rig.Mesh.StopAndReadLogAsync(rig.Edge), l => l.GetProperty("reporter").GetString() == "source");
        Assert.Equal(serverName.ToLowerInvariant(), line.GetProperty("requested_server_name").GetString() ?? "");
    }

    [Fact]
    public async Task Passthrough_ClientThatSpeaksNoTls_IsClosed()
    {
        await using var rig = await TcpRig.StartAsync(TcpApp.StartTls("db", Shop), before: r => Passthrough(r, ("", "db/v1")));
        await using var client = await rig.ConnectAsync();

        Assert.Null(await ReadOrNullAsync(client));
        Assert.Equal(0, rig.App.Heard);
    }

    [Fact]
    public async Task Terminate_OnOnePortWithPassthrough_EndsTlsAndPassesBytes()
    {
        using var certificates = new TempDirectory();
        string shown = Write(certificates.Path, "own");
        await using var rig = await TcpRig.StartAsync(before: r =>
        {
            Passthrough(r, ("*.passed.example.com", "db/v1"));
            var terminating = r.Listener.Clone();
            (terminating.Name, terminating.Hostname, terminating.Passthrough) = ("ended", Shop, false);
            terminating.Certificates.Add("own");
            terminating.Hosts.Clear();
            terminating.Hosts.Add(TcpRig.Host(Shop, "db/v1"));
            r.Listener.Hostname = "*.passed.example.com";
            r.Snapshot.Gateways[0].Listeners.Add(terminating);
        }, edge: o => o with { GatewayCertificates = certificates.Path });

        await using var client = await TcpCaller.ConnectTlsAsync(rig.Port, Shop);

        Assert.Equal("db heard x", await client.AskAsync("x"));
        Assert.Equal(shown, client.Shown);
        await client.FinishAsync();
        Assert.Equal("db saw the end", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
        // What is passed on as it was, the plain app cannot understand.
        await Assert.ThrowsAnyAsync<Exception>(() => TcpCaller.ConnectTlsAsync(rig.Port, "a.passed.example.com"));
    }

    private static void Passthrough(TcpRig rig, params (string Hostname, string Cluster)[] hosts)
    {
        (rig.Listener.Protocol, rig.Listener.Passthrough) = (Protocol.Tls, true);
        rig.Listener.Hosts.Clear();
        rig.Listener.Hosts.AddRange(hosts.Select(h => TcpRig.Host(h.Hostname, h.Cluster)));
    }

    private static string Hash(TcpApp app) => app.Certificate!.GetCertHashString(HashAlgorithmName.SHA256);

    private static string Write(string directory, string name)
    {
        using var certificate = TcpApp.SelfSigned(Shop);
        Directory.CreateDirectory(Path.Combine(directory, name));
        File.WriteAllText(Path.Combine(directory, name, "tls.crt"), certificate.ExportCertificatePem());
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!;
        File.WriteAllText(Path.Combine(directory, name, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    private static async Task<string?> ReadOrNullAsync(TcpCaller client)
    {
        try
        {
            return await client.AskAsync("GET / HTTP/1.1\r\n\r\n");
        }
        catch (IOException)
        {
            return null;
        }
    }
}

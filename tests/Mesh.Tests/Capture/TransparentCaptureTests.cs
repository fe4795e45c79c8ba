using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests.Capture;

/// <summary>Apps that know nothing of the mesh call each other by plain address.</summary>
public sealed class TransparentCaptureTests(CaptureNetwork network) : IClassFixture<CaptureNetwork>
{
    [Fact]
    public async Task Call_ByPlainAddress_GoesThroughBothSidecarsWithinMutualTls()
    {
        string answer = await CaptureNetwork.GetAsync("web", CaptureNetwork.Shop, CaptureNetwork.AppPort, "/cart?x=1");

        Assert.Contains("checkout GET /cart?x=1 host=10.77.0.3:8080 trace=true mesh=0", answer, StringComparison.Ordinal);
        await CountedAsync("shop", "reporter=\"destination\"", "source_principal=\"spiffe://mesh.local/ns/default/sa/web\"", "connection_security_policy=\"mutual_tls\"");
        await CountedAsync("web", "reporter=\"source\"", "destination_service_name=\"checkout\"", "response_code=\"200\"");
    }

    [Fact]
    public async Task Call_NamesAServiceOfTheMesh_GoesByItsRoutesWhereverItWasSent()
    {
        string answer = await CaptureNetwork.GetAsync("web", CaptureNetwork.Outside, 8081, "/", host: "checkout.mesh");

        Assert.Contains("checkout GET / host=checkout.mesh", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ByIpv6_IsCapturedAtBothEnds()
    {
        long before = await CapturedAsync("shop", "inbound", "http");

        string answer = await CaptureNetwork.GetAsync("web", CaptureNetwork.ShopV6, CaptureNetwork.AppPort, "/six", host: "[fd77::3]:8080");

        Assert.Contains("checkout GET /six", answer, StringComparison.Ordinal);
        Assert.Equal(before + 1, await CapturedAsync("shop", "inbound", "http"));
    }

    [Fact]
    public async Task Call_ToAnUnknownHost_PassesThroughWithoutASignOfTheMesh()
    {
        string answer = await CaptureNetwork.GetAsync("web", CaptureNetwork.Outside, 8081, "/out", host: "example.test", header: "baggage: userId=alice,mesh.priority=high,mesh.priority.proof=1f");

        Assert.Contains("outside GET /out host=example.test", answer, StringComparison.Ordinal);
        Assert.Contains("mesh=0 baggage=userId=alice\n", answer, StringComparison.Ordinal);
        await CountedAsync("web", "destination_service=\"PassthroughCluster\"", "destination_service_name=\"PassthroughCluster\"", "response_code=\"200\"");
    }

    [Fact]
    public async Task Tcp_ToAnUnknownHost_PassesThroughAndIsInTheBooksOfConnections()
    {
        string heard = await CaptureNetwork.ListenFirstAsync("web", CaptureNetwork.Outside, CaptureNetwork.OutsideBannerPort, "hello");

        Assert.Equal("220 outside greets\nhello\n221 bye", heard.Trim());
        string[] labels = ["reporter=\"source\"", "source_app=\"web\"", "destination_service=\"PassthroughCluster\"", "destination_service_name=\"PassthroughCluster\"", "request_protocol=\"tcp\"", "response_flags=\"-\""];
        string metrics = await Eventually.GetAsync(() => CaptureNetwork.AdminAsync("web", "/metrics"), m => Sum(m, "istio_tcp_connections_closed_total", labels) > 0);
        Assert.True(Sum(metrics, "istio_tcp_connections_opened_total", labels) > 0);
        Assert.True(Sum(metrics, "istio_tcp_received_bytes_total", labels) >= "hello\n".Length);
        Assert.True(Sum(metrics, "istio_tcp_sent_bytes_total", labels) >= heard.Trim().Length);
    }

    [Fact]
    public async Task Tcp_ServerSpeaksFirst_PassesBothSidecarsAndEachDirectionEndsOnItsOwn()
    {
        long outbound = await CapturedAsync("web", "outbound", "bytes");
        long inbound = await CapturedAsync("shop", "inbound", "bytes");

        string heard = await CaptureNetwork.ListenFirstAsync("web", CaptureNetwork.Shop, CaptureNetwork.BannerPort, "hello");

        Assert.Equal("220 checkout greets\nhello\n221 bye", heard.Trim());
        Assert.Equal(outbound + 1, await CapturedAsync("web", "outbound", "bytes"));
        Assert.Equal(inbound + 1, await CapturedAsync("shop", "inbound", "bytes"));
    }

    [Fact]
    public async Task Call_OnAConnectionThatWasSilentFirst_IsRoutedAllTheSame()
    {
        long bytes = await CapturedAsync("web", "outbound", "bytes");

        // Longer than the detection time; and the method comes in two pieces.
        string? answer = await CaptureNetwork.ExecAsync("web", "bash", "-c", $"exec 3<>/dev/tcp/{CaptureNetwork.Shop}/{CaptureNetwork.AppPort} && sleep 0.4 && printf 'GE' >&3 && sleep 0.2 && printf 'T /late HTTP/1.1\r\nHost: checkout\r\nConnection: close\r\n\r\n' >&3 && timeout 15 cat <&3");

        Assert.Contains("checkout GET /late host=checkout trace=true", answer, StringComparison.Ordinal);
        Assert.Equal(bytes, await CapturedAsync("web", "outbound", "bytes"));
    }

    [Fact]
    public async Task RegistryOnly_UnknownIsRefusedAndTheMeshIsNot()
    {
        string known = await CaptureNetwork.GetAsync("strict", CaptureNetwork.Shop, CaptureNetwork.AppPort);
        string unknown = await CaptureNetwork.GetAsync("strict", CaptureNetwork.Outside, 8081);
        long refused = await CapturedAsync("strict", "outbound", "refused");
        string? banner = await CaptureNetwork.ExecAsync("strict", "bash", "-c", $"exec 3<>/dev/tcp/{CaptureNetwork.Outside}/{CaptureNetwork.OutsideBannerPort} && printf 'EHLO\\n' >&3 && timeout 15 cat <&3 | wc -c");

        Assert.Contains("checkout GET /", known, StringComparison.Ordinal);
        Assert.Contains("502 Bad Gateway", unknown, StringComparison.Ordinal);
        Assert.Contains("REGISTRY_ONLY", unknown, StringComparison.Ordinal);
        Assert.Equal("0", banner?.Trim());
        Assert.Equal(refused + 1, await CapturedAsync("strict", "outbound", "refused"));
        Assert.True(Sum(await CaptureNetwork.AdminAsync("strict", "/metrics"), "istio_tcp_connections_closed_total", "destination_service=\"PassthroughCluster\"", "response_flags=\"NR\"") > 0);
        // Where the app was going, not where iptables led it.
        await network.PrintedAsync("strict", $"\"downstream_local_address\":\"{CaptureNetwork.Outside}:{CaptureNetwork.OutsideBannerPort}\"");
    }

    [Fact]
    public async Task Tcp_ToAServiceOfBytes_GoesThroughBothSidecarsWithinMutualTls()
    {
        string heard = await CaptureNetwork.ListenFirstAsync("web", CaptureNetwork.Db, CaptureNetwork.BannerPort, "select");

        Assert.Equal("220 db greets\nselect\n221 bye", heard.Trim());
        string caller = await CaptureNetwork.AdminAsync("web", "/metrics");
        string callee = await CaptureNetwork.AdminAsync("db", "/metrics");
        Assert.Contains(Opened(caller), l => Has(l, "reporter=\"source\"", "destination_service_name=\"db\"", "destination_principal=\"spiffe://mesh.local/ns/default/sa/db\""));
        Assert.Contains(Opened(callee), l => Has(l, "reporter=\"destination\"", "source_principal=\"spiffe://mesh.local/ns/default/sa/web\"", "connection_security_policy=\"mutual_tls\""));
        Assert.True(await CapturedAsync("web", "outbound", "routed") > 0);
    }

    [Fact]
    public async Task RegistryOnly_TlsGoesWhereItsNameIsDeclared_WhateverItsAddress()
    {
        string declared = await CaptureNetwork.GreetedWithinTlsAsync("strict", CaptureNetwork.Outside, CaptureNetwork.TlsPort, CaptureNetwork.TlsHost);
        string elsewhere = await CaptureNetwork.GreetedWithinTlsAsync("strict", CaptureNetwork.Nowhere, CaptureNetwork.TlsPort, CaptureNetwork.TlsHost);
        string other = await CaptureNetwork.GreetedWithinTlsAsync("strict", CaptureNetwork.Outside, CaptureNetwork.TlsPort, "other.example.com");
        string passed = await CaptureNetwork.GreetedWithinTlsAsync("web", CaptureNetwork.Outside, CaptureNetwork.TlsPort, "other.example.com");

        Assert.Equal("220 declared greets tls.example.com", declared.Trim());
        Assert.Equal("220 declared greets tls.example.com", elsewhere.Trim());
        Assert.DoesNotContain("220", other, StringComparison.Ordinal);
        // Where unknown hosts may be called, as it came.
        Assert.Equal("220 declared greets other.example.com", passed.Trim());
        Assert.Contains(Opened(await CaptureNetwork.AdminAsync("strict", "/metrics")), l => Has(l, "destination_service_name=\"tls.example.com\""));
    }

    [Fact]
    public async Task RegistryOnly_TcpIsKnownByTheAddressThatIsDeclared()
    {
        string heard = await CaptureNetwork.ListenFirstAsync("strict", CaptureNetwork.Outside, CaptureNetwork.DeclaredPort, "hello");

        Assert.Equal("220 declared greets\nhello\n221 bye", heard.Trim());
        Assert.Contains(Opened(await CaptureNetwork.AdminAsync("strict", "/metrics")), l => Has(l, "reporter=\"source\"", "destination_service_name=\"tls.example.com\""));
    }

    [Fact]
    public async Task Connection_ToTheCapturingListenerItself_IsClosedRatherThanLooped()
    {
        long before = await CapturedAsync("web", "outbound", "not_redirected");

        string? heard = await CaptureNetwork.ExecAsync("web", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/15001 && timeout 15 cat <&3 | wc -c");

        Assert.Equal("0", heard?.Trim());
        Assert.Equal(before + 1, await CapturedAsync("web", "outbound", "not_redirected"));
    }

    [Fact]
    public async Task Rules_RemovedAndAddedTwice_LeaveTheTablesAsTheyWere()
    {
        string[] add = ["add", "--proxy-gid", "14001", "--outbound-port", "15001", "--inbound-port", "15006", "--exclude-inbound-ports", "9001,9003", "--exclude-outbound-ports", "25", "--exclude-outbound-cidrs", "10.9.0.0/16,fd99::/64"];
        // Somebody else's rules, before ours came.
        await CaptureNetwork.ExecAsync("net", "sh", "-c", "for t in iptables ip6tables; do $t -t nat -A OUTPUT -p tcp --dport 99 -j ACCEPT; $t -A INPUT -p udp --dport 99 -j DROP; done");
        string before = await CaptureNetwork.TablesAsync("net");

        await CaptureNetwork.RulesAsync("net", add);
        string once = await CaptureNetwork.TablesAsync("net");
        await CaptureNetwork.RulesAsync("net", add);
        string twice = await CaptureNetwork.TablesAsync("net");
        string shown = await CaptureNetwork.RulesAsync("net", "show");
        await CaptureNetwork.RulesAsync("net", "remove");
        string after = await CaptureNetwork.TablesAsync("net");
        await CaptureNetwork.RulesAsync("net", "remove");

        Assert.NotEqual(before, once);
        Assert.Equal(once, twice);
        Assert.Contains("-A MESH_OUTPUT -d fd99::/64 -j RETURN", shown, StringComparison.Ordinal);
        Assert.Equal(before, after);
        Assert.Equal(before, await CaptureNetwork.TablesAsync("net"));
    }

    [Fact]
    public async Task Rules_WithoutAnExemptionForTheSidecar_AreRefused() =>
        Assert.Null(await CaptureNetwork.ExecAsync("net", Path.Combine(Testing.Repository.Root, "deploy", "capture", "mesh-capture"), "add", "--outbound-port", "15001"));

    // A request is counted when its answer has gone out.
    private static Task<string> CountedAsync(string space, params string[] labels) => Eventually.GetAsync(
        () => CaptureNetwork.AdminAsync(space, "/metrics"),
        metrics => metrics.Split('\n').Any(line => line.StartsWith("istio_requests_total{", StringComparison.Ordinal) && labels.All(l => line.Contains(l, StringComparison.Ordinal))));

    private static IEnumerable<string> Opened(string metrics) => metrics.Split('\n').Where(l => l.StartsWith("istio_tcp_connections_opened_total{", StringComparison.Ordinal));

    private static double Sum(string metrics, string name, params string[] labels) =>
        metrics.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) && Has(l, labels)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    private static bool Has(string line, params string[] labels) => labels.All(l => line.Contains(l, StringComparison.Ordinal));

    private static async Task<long> CapturedAsync(string space, string side, string taken)
    {
        string name = $"mesh_proxy_captured_connections_total{{side=\"{side}\",as=\"{taken}\"}} ";
        string line = (await CaptureNetwork.AdminAsync(space, "/metrics")).Split('\n').Single(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}

using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;

namespace MeshInsight.Proxy.Tests.Accept;

public sealed class AcceptTests
{
    [Theory]
    [InlineData("", "NeedMore")]
    [InlineData("PRI", "NeedMore")]
    [InlineData("PRI * HTTP/2.0\r", "NeedMore")]
    [InlineData("PRI * HTTP/2.0\r\n", "Http2")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Http2")]
    [InlineData("GET / HTTP/1.1\r\n", "Http1")]
    [InlineData("PRINT", "Http1")]
    [InlineData("P", "NeedMore")]
    [InlineData("POST", "Http1")]
    public void Sniffer_ByTheFirstBytes_Decides(string start, string expected) =>
        Assert.Equal(expected, ProtocolSniffer.Judge(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(start))).ToString());

    [Fact]
    public async Task Request_CutIntoSingleBytes_IsStillUnderstood()
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        var admin = caller.Url(ListenerSide.Admin);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, admin.Port);

        foreach (byte b in Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
        {
            await socket.SendAsync(new[] { b });
        }

        byte[] answer = new byte[1000];
        int read = await socket.ReceiveAsync(answer);
        Assert.StartsWith("HTTP/1.1 200 OK", Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithAConnectionThatNeverSpoke_DoesNotWait()
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync(o => o with { DrainTimeout = TimeSpan.FromSeconds(30) });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, caller.Url(ListenerSide.Outbound).Port);

        await caller.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }
}

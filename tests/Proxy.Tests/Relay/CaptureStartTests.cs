using System.Buffers;
using System.Text;
using MeshInsight.Proxy.Capture;

namespace MeshInsight.Proxy.Tests.Relay;

public sealed class CaptureStartTests
{
    [Theory]
    [InlineData("", "NeedMore")]
    [InlineData("G", "NeedMore")]
    [InlineData("DELETE", "NeedMore")]
    [InlineData("GET /", "Http")]
    [InlineData("PATCH http://x/ HTTP/1.1", "Http")]
    [InlineData("PRI * HTTP/2.0\r", "NeedMore")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Http")]
    [InlineData("PRI * HTTP/9", "Bytes")]
    [InlineData("CONNECT x:443 HTTP/1.1", "Bytes")]
    [InlineData("GETTY", "Bytes")]
    [InlineData("EHLO mail", "Bytes")]
    [InlineData("SSH-2.0-x", "Bytes")]
    [InlineData("*1\r\n$4\r\nPING\r\n", "Bytes")]
    [InlineData("\u0016\u0003\u0001", "Tls")]
    [InlineData("\u0000\u0000\u0000\u0008", "Bytes")]
    public void Start_OfAConnection_TellsHttpFromAllElse(string start, string verdict) =>
        Assert.Equal(verdict, CaptureStart.Judge(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(start))).ToString());
}

using System.Globalization;
using System.Net;

namespace MeshInsight.Proxy.Accept;

/// <summary>The head of a CONNECT request (RFC 9110 section 9.3.6): the client wants a connection to there, and will then speak to who answers it.</summary>
/// <param name="Host">Name or address, without brackets, in the client's spelling.</param>
/// <param name="Problem">Why the request cannot be understood; empty when it can. Nothing else is set then.</param>
internal sealed record ConnectRequest(string Host, int Port, IHeaderDictionary Headers, string Problem = "")
{
    public static ConnectRequest Wrong(string problem) => new("", 0, new HeaderDictionary(), problem);

    /// <summary>As a URL or a Host header has it.</summary>
    public string Authority => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>For those who judge requests.</summary>
    public HttpContext ToContext(IPAddress? client)
    {
        var context = new DefaultHttpContext();
        foreach (var header in Headers)
        {
            context.Request.Headers[header.Key] = header.Value;
        }

        (context.Request.Method, context.Request.Host, context.Connection.RemoteIpAddress) = (HttpMethods.Connect, new(Authority), client);
        return context;
    }
}

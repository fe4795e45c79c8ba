using System.Net;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Observe;

/// <summary>
/// Istio's default access log line, https://istio.io/latest/docs/tasks/observability/logs/access-log/, for records that go to the collector: a third of the JSON
/// object's bytes, and what people know how to read. What it has no place for is on the request's span. A dash stands for what is not there.
/// </summary>
internal static class AccessLogText
{
    public static void Write(LineBuffer line, Exchange exchange, TimeProvider time)
    {
        line.Clear();
        WriteOutcome(line, exchange, time);
        var (connection, headers) = (exchange.Context.Connection, exchange.Context.Request.Headers);
        Quoted(line, headers["X-Forwarded-For"]);
        Quoted(line, headers.UserAgent);
        Quoted(line, headers["X-Request-Id"]);
        Quoted(line, exchange.Context.Request.Host.Value);
        Quoted(line, exchange.LastAttempt?.Address);
        Word(line, exchange.ClusterName);
        // The sidecar's own end of the connection to the upstream: the pool does not say.
        line.Raw(" -"u8);
        Address(line, connection.LocalIpAddress, connection.LocalPort);
        Address(line, connection.RemoteIpAddress, connection.RemotePort);
        // The name asked for in TLS: within the mesh it is always the destination's identity.
        line.Raw(" -"u8);
        Word(line, exchange.RouteName);
    }

    private static void WriteOutcome(LineBuffer line, Exchange exchange, TimeProvider time)
    {
        var (request, attempt) = (exchange.Context.Request, exchange.LastAttempt);
        line.Raw("["u8);
        line.Time(exchange.StartedAt.UtcDateTime);
        line.Raw("] \""u8);
        line.Text(request.Method);
        line.Raw(" "u8);
        line.Text(exchange.OriginalPath ?? request.Path.Value);
        line.Raw(" "u8);
        line.Text(request.Protocol);
        line.Raw("\" "u8);
        line.Number(exchange.Status);
        Word(line, exchange.Flags.ToCodes());
        if (exchange.FailureReason.Length > 0)
        {
            Quoted(line, exchange.FailureReason);
        }
        else
        {
            line.Raw(" via_upstream"u8);
        }

        line.Raw(" -"u8);
        Quoted(line, attempt?.ErrorType);
        Number(line, exchange.Request.Bytes);
        Number(line, exchange.Response.Bytes);
        Number(line, (long)time.GetElapsedTime(exchange.StartTimestamp).TotalMilliseconds);
        if (attempt is { SentTimestamp: > 0, HeadTimestamp: > 0 })
        {
            Number(line, (long)time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp).TotalMilliseconds);
        }
        else
        {
            line.Raw(" -"u8);
        }
    }

    internal static void Number(LineBuffer line, long value)
    {
        line.Raw(" "u8);
        line.Number(value);
    }

    internal static void Word(LineBuffer line, string text)
    {
        line.Raw(" "u8);
        line.Text(text.Length > 0 ? text : "-");
    }

    private static void Quoted(LineBuffer line, StringValues values) => Quoted(line, values.Count == 0 ? null : values.ToString());

    internal static void Quoted(LineBuffer line, string? text)
    {
        line.Raw(" \""u8);
        line.Text(string.IsNullOrEmpty(text) ? "-" : text);
        line.Raw("\""u8);
    }

    internal static void Address(LineBuffer line, IPAddress? address, int port)
    {
        if (address is null)
        {
            line.Raw(" -"u8);
            return;
        }

        line.Raw(" "u8);
        line.Address(address, port);
    }
}

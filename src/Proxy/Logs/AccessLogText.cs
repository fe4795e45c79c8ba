using MeshInsight.Proxy.Records;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Logs;

/// <summary>
/// Istio's default access log line, https://istio.io/latest/docs/tasks/observability/logs/access-log/, for records that go to the collector: a third of the JSON
/// object's bytes, and what people know how to read. What it has no place for is on the request's span.
/// </summary>
internal static class AccessLogText
{
    public static void Write(TextLine line, Exchange exchange)
    {
        WriteOutcome(line, exchange);
        var (connection, headers) = (exchange.Context.Connection, exchange.Context.Request.Headers);
        line.Quoted(TextOf(headers["X-Forwarded-For"]));
        line.Quoted(TextOf(headers.UserAgent));
        line.Quoted(TextOf(headers["X-Request-Id"]));
        line.Quoted(exchange.Context.Request.Host.Value);
        line.Quoted(exchange.LastAttempt?.Address);
        line.Word(exchange.ClusterName);
        // The sidecar's own end of the connection to the upstream: the pool does not say.
        line.None();
        line.Address(connection.LocalIpAddress, connection.LocalPort);
        line.Address(connection.RemoteIpAddress, connection.RemotePort);
        // The name asked for in TLS: within the mesh it is always the destination's identity.
        line.None();
        line.Word(exchange.RouteName);
    }

    private static void WriteOutcome(TextLine line, Exchange exchange)
    {
        var (request, attempt) = (exchange.Context.Request, exchange.LastAttempt);
        line.Begin(exchange.StartedAt.UtcDateTime);
        line.Request(request.Method, exchange.OriginalPath ?? request.Path.Value, request.Protocol);
        line.Number(exchange.Status);
        line.Word(exchange.Flags.ToCodes());
        if (exchange.FailureReason.Length > 0)
        {
            line.Quoted(exchange.FailureReason);
        }
        else
        {
            line.Raw(" via_upstream"u8);
        }

        line.None();
        line.Quoted(attempt?.ErrorType);
        line.Number(exchange.Request.Bytes);
        line.Number(exchange.Response.Bytes);
        line.Number((long)exchange.Duration.TotalMilliseconds);
        if (attempt is { SentTimestamp: > 0, HeadTimestamp: > 0 })
        {
            line.Number((long)exchange.Clock.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp).TotalMilliseconds);
        }
        else
        {
            line.None();
        }
    }

    private static string? TextOf(StringValues values) => values.Count == 0 ? null : values.ToString();
}

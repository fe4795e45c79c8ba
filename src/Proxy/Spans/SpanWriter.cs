using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Spans;

/// <summary>Writes the facts of a request down as a span. Not thread-safe; the recorder holds its lock.</summary>
internal static class SpanWriter
{
    // A path comes from anyone; beyond this it tells nothing more.
    private const int MaxTextLength = 1024;

    public static void WriteServer(SpanRequest spans, Exchange exchange)
    {
        Begin(spans, exchange, exchange.ServerSpanId, SpanKind.Server, exchange.StartTimestamp, exchange.EndTimestamp);
        WriteCommon(spans, exchange, exchange.Status, exchange.GrpcStatus, exchange.Flags, exchange.LastAttempt?.ErrorType ?? "");
        AddText(spans, AttributeKeys.UserAgent, exchange.Context.Request.Headers.UserAgent.ToString());
        AddClient(spans, exchange.Context.Connection.RemoteIpAddress);
        AddText(spans, AttributeKeys.SourceService, exchange.Peer.Service);
        AddText(spans, AttributeKeys.SourceVersion, exchange.Peer.Version);
        AddText(spans, AttributeKeys.PeerPrincipal, exchange.PeerPrincipal);
        if (exchange.LastAttempt is { RoundTripNanos: > 0 and var app })
        {
            spans.Int(AttributeKeys.ServerProxyTime, exchange.ProxyNanos / 1000);
            spans.Int(AttributeKeys.AppTime, app / 1000);
        }

        spans.End();
    }

    public static void WriteClient(SpanRequest spans, Exchange exchange, AttemptRecord attempt)
    {
        Begin(spans, exchange, attempt.SpanId, SpanKind.Client, attempt.StartTimestamp, attempt.EndTimestamp);
        WriteCommon(spans, exchange, attempt.Status, attempt.GrpcStatus, attempt.Flags, attempt.ErrorType);
        AddFullUrl(spans, exchange.Context.Request);
        AddText(spans, AttributeKeys.DestinationService, attempt.Destination.Service);
        AddText(spans, AttributeKeys.DestinationVersion, attempt.Destination.Version);
        AddText(spans, AttributeKeys.DestinationInstance, attempt.Destination.Instance);
        AddPeer(spans, attempt.Address);
        AddText(spans, AttributeKeys.PeerPrincipal, attempt.PeerPrincipal);
        if (attempt.ResendCount > 0)
        {
            spans.Int(AttributeKeys.HttpResendCount, attempt.ResendCount);
        }

        if (!exchange.InboundSpanId.IsEmpty)
        {
            Span<byte> hex = stackalloc byte[16];
            exchange.InboundSpanId.WriteHex(hex);
            spans.Text(AttributeKeys.InboundSpanId, hex);
        }

        if (exchange.Fault is { } fault)
        {
            AddText(spans, AttributeKeys.Fault, fault.Kind);
            AddText(spans, AttributeKeys.FaultInjection, fault.Name);
        }

        spans.Int(AttributeKeys.ClientProxyTime, attempt.ProxyNanos / 1000);
        if (TimeSplit.TryOf(attempt, out var split))
        {
            spans.Int(AttributeKeys.NetworkTime, split.NetworkNanos / 1000);
            spans.Int(AttributeKeys.ServerProxyTime, split.ServerProxyNanos / 1000);
            spans.Int(AttributeKeys.AppTime, split.AppNanos / 1000);
        }

        spans.End();
    }

    private static void Begin(SpanRequest spans, Exchange exchange, SpanId id, SpanKind kind, long start, long end)
    {
        // Wall time is read once per request; attempts are placed by the monotonic clock.
        long after = exchange.NanosSinceStart(start);
        long startUnixNanos = UnixTime.Nanos(exchange.StartedAt) + after;
        var trace = exchange.Trace;
        spans.Begin(trace.TraceId, id, trace.ParentId, kind, startUnixNanos, exchange.NanosSinceStart(end) - after, trace.Flags, trace.State);
        AddName(spans, exchange);
        if (exchange.Why is { } why)
        {
            foreach (var note in why.Take())
            {
                spans.Event(note.UnixNanos, MeshAttributes.WhyEventPrefix + note.Subject, AttributeKeys.WhyText, note.Text);
            }
        }
    }

    private static void WriteCommon(SpanRequest spans, Exchange exchange, int status, int grpcStatus, ResponseFlags flags, string errorType)
    {
        var request = exchange.Context.Request;
        AddText(spans, AttributeKeys.HttpRequestMethod, KnownMethod(request.Method));
        AddText(spans, AttributeKeys.UrlPath, request.Path.Value ?? "");
        AddText(spans, AttributeKeys.UrlScheme, request.Scheme);
        AddServer(spans, request.Host.Value);
        AddText(spans, AttributeKeys.ProtocolVersion, HttpProtocol.IsHttp2(request.Protocol) ? "2" : HttpProtocol.IsHttp10(request.Protocol) ? "1.0" : "1.1");
        AddText(spans, AttributeKeys.HttpRoute, exchange.RouteTemplate ?? "");
        AddText(spans, AttributeKeys.Route, exchange.RouteName);
        if (status > 0)
        {
            spans.Int(AttributeKeys.HttpResponseStatusCode, status);
        }

        AddText(spans, AttributeKeys.Priority, exchange.Priority.Text());
        if (flags != ResponseFlags.None)
        {
            AddText(spans, AttributeKeys.ResponseFlags, flags.ToCodes());
        }

        if (exchange.IsGrpc)
        {
            AddText(spans, AttributeKeys.RpcSystem, "grpc");
            AddText(spans, AttributeKeys.RpcMethod, RpcMethod(request));
            if (grpcStatus >= 0)
            {
                AddText(spans, AttributeKeys.RpcStatus, GrpcStatusText.Of(grpcStatus));
            }
        }

        if (exchange.Why is not null)
        {
            spans.Bool(AttributeKeys.Why, true);
        }

        string error = errorType.Length > 0 ? errorType : FailureType(exchange, status, grpcStatus, flags);
        if (error.Length > 0)
        {
            AddText(spans, AttributeKeys.ErrorType, error);
            spans.Status(SpanStatus.Error, Cut(exchange.FailureReason));
        }
    }

    private static string FailureType(Exchange exchange, int status, int grpcStatus, ResponseFlags flags) =>
        exchange.IsGrpc && Exchange.IsGrpcFailure(grpcStatus) ? GrpcStatusText.Of(grpcStatus)
        : status >= 500 ? status.ToString(CultureInfo.InvariantCulture)
        : (flags & ~ResponseFlagsText.NoFailure) != 0 && status < 400 ? flags.ToCodes()
        : "";

    // {method} {route}, never the path itself: names must stay few. A gRPC method is a route by nature.
    private static void AddName(SpanRequest spans, Exchange exchange)
    {
        var request = exchange.Context.Request;
        if (exchange.IsGrpc)
        {
            spans.Name(RpcMethod(request));
            return;
        }

        string method = KnownMethod(request.Method);
        string shown = method == "_OTHER" ? "HTTP" : method;
        Span<char> name = stackalloc char[256];
        if (exchange.RouteTemplate is { } route && name.TryWrite($"{shown} {route}", out int length))
        {
            spans.Name(name[..length]);
        }
        else
        {
            spans.Name(shown);
        }
    }

    private static ReadOnlySpan<char> RpcMethod(HttpRequest request) => Cut(request.Path.Value.AsSpan().TrimStart('/'));

    private static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text) => text.Length > MaxTextLength ? text[..MaxTextLength] : text;

    private static string KnownMethod(string method) => HttpMethods.GetCanonicalizedValue(method) switch
    {
        "GET" or "POST" or "PUT" or "DELETE" or "HEAD" or "OPTIONS" or "PATCH" or "TRACE" or "CONNECT" => method,
        _ => "_OTHER",
    };

    // Without the query: it may hold what nobody meant to store.
    private static void AddFullUrl(SpanRequest spans, HttpRequest request)
    {
        Span<char> url = stackalloc char[MaxTextLength];
        if (url.TryWrite($"{request.Scheme}://{request.Host.Value}{request.Path.Value}", out int length))
        {
            AddText(spans, AttributeKeys.UrlFull, url[..length]);
        }
    }

    private static void AddClient(SpanRequest spans, IPAddress? address)
    {
        Span<char> text = stackalloc char[64];
        if (address is not null && address.TryFormat(text, out int length))
        {
            AddText(spans, AttributeKeys.ClientAddress, text[..length]);
        }
    }

    private static void AddServer(SpanRequest spans, ReadOnlySpan<char> authority)
    {
        Split(authority, out var host, out int port);
        AddText(spans, AttributeKeys.ServerAddress, host);
        spans.Int(AttributeKeys.ServerPort, port > 0 ? port : 80);
    }

    private static void AddPeer(SpanRequest spans, ReadOnlySpan<char> address)
    {
        if (!address.IsEmpty)
        {
            Split(address, out var host, out int port);
            AddText(spans, AttributeKeys.PeerAddress, host);
            spans.Int(AttributeKeys.PeerPort, port);
        }
    }

    // host:port, or a host alone; an IPv6 literal keeps its brackets.
    private static void Split(ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out int port)
    {
        int colon = authority.LastIndexOf(':');
        port = 0;
        host = colon > 0 && int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) ? authority[..colon] : authority;
    }

    private static void AddText(SpanRequest spans, AttributeKey key, ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty)
        {
            spans.Text(key, Cut(text));
        }
    }
}

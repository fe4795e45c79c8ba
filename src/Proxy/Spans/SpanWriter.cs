using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Spans;

/// <summary>Turns the facts of a request into a row of a batch. Not thread-safe; the recorder holds its lock.</summary>
internal static class SpanWriter
{
    // A path comes from anyone; beyond this it tells nothing more.
    private const int MaxTextLength = 1024;

    public static void WriteServer(SpanBatch batch, Exchange exchange, long durationNanos)
    {
        var attributes = batch.Attributes;
        var events = AddNotes(batch, exchange);
        int first = attributes.Count;
        bool isFailure = WriteCommon(batch, exchange, exchange.Status, exchange.GrpcStatus, exchange.Flags, exchange.LastAttempt?.ErrorType ?? "");
        AddText(batch, SpanSymbols.UserAgent, exchange.Context.Request.Headers.UserAgent.ToString());
        AddClient(batch, exchange.Context.Connection.RemoteIpAddress);
        AddText(batch, SpanSymbols.SourceService, exchange.Peer.Service);
        AddText(batch, SpanSymbols.SourceVersion, exchange.Peer.Version);
        AddText(batch, SpanSymbols.PeerPrincipal, exchange.PeerPrincipal);
        if (exchange.LastAttempt is { RoundTripNanos: > 0 and var app })
        {
            attributes.AddInt(SpanSymbols.ServerProxyTime, exchange.ProxyNanos / 1000);
            attributes.AddInt(SpanSymbols.AppTime, app / 1000);
        }

        Add(batch, exchange, exchange.ServerSpanId, exchange.Trace.ParentId, SpanKind.Server, isFailure, exchange.StartTimestamp, durationNanos, first, events);
    }

    public static void WriteClient(SpanBatch batch, Exchange exchange, AttemptRecord attempt, long durationNanos)
    {
        var attributes = batch.Attributes;
        var events = AddNotes(batch, exchange);
        int first = attributes.Count;
        bool isFailure = WriteCommon(batch, exchange, attempt.Status, attempt.GrpcStatus, attempt.Flags, attempt.ErrorType);
        AddFullUrl(batch, exchange.Context.Request);
        AddText(batch, SpanSymbols.DestinationService, attempt.Destination.Service);
        AddText(batch, SpanSymbols.DestinationVersion, attempt.Destination.Version);
        AddText(batch, SpanSymbols.DestinationInstance, attempt.Destination.Instance);
        AddPeer(batch, attempt.Address);
        AddText(batch, SpanSymbols.PeerPrincipal, attempt.PeerPrincipal);
        if (attempt.ResendCount > 0)
        {
            attributes.AddInt(SpanSymbols.HttpResendCount, attempt.ResendCount);
        }

        if (!exchange.InboundSpanId.IsEmpty)
        {
            Span<byte> hex = stackalloc byte[16];
            exchange.InboundSpanId.WriteHex(hex);
            attributes.AddText(SpanSymbols.InboundSpanId, hex);
        }

        if (exchange.Fault is { } fault)
        {
            AddText(batch, SpanSymbols.Fault, fault.Kind);
            AddText(batch, SpanSymbols.FaultInjection, fault.Name);
        }

        attributes.AddInt(SpanSymbols.ClientProxyTime, attempt.ProxyNanos / 1000);
        if (TimeSplit.TryOf(attempt, out var split))
        {
            attributes.AddInt(SpanSymbols.NetworkTime, split.NetworkNanos / 1000);
            attributes.AddInt(SpanSymbols.ServerProxyTime, split.ServerProxyNanos / 1000);
            attributes.AddInt(SpanSymbols.AppTime, split.AppNanos / 1000);
        }

        Add(batch, exchange, attempt.SpanId, exchange.Trace.ParentId, SpanKind.Client, isFailure, attempt.StartTimestamp, durationNanos, first, events);
    }

    // Before the span's own attributes: rows of a span follow each other.
    private static RowRange AddNotes(SpanBatch batch, Exchange exchange)
    {
        int first = batch.Events.Count;
        if (exchange.Why is { } why)
        {
            foreach (var note in why.Take())
            {
                int attribute = batch.Attributes.Count;
                batch.Attributes.AddText(MeshAttributes.WhyText, note.Text);
                batch.Events.Add(new(note.UnixNanos, batch.Symbols.Add(MeshAttributes.WhyEventPrefix + note.Subject), new(attribute, 1)));
            }
        }

        return new(first, batch.Events.Count - first);
    }

    private static bool WriteCommon(SpanBatch batch, Exchange exchange, int status, int grpcStatus, ResponseFlags flags, string errorType)
    {
        var request = exchange.Context.Request;
        var attributes = batch.Attributes;
        AddText(batch, SpanSymbols.HttpRequestMethod, KnownMethod(request.Method));
        AddText(batch, SpanSymbols.UrlPath, request.Path.Value ?? "");
        AddText(batch, SpanSymbols.UrlScheme, request.Scheme);
        AddServer(batch, request.Host.Value);
        AddText(batch, SpanSymbols.ProtocolVersion, HttpProtocol.IsHttp2(request.Protocol) ? "2" : HttpProtocol.IsHttp10(request.Protocol) ? "1.0" : "1.1");
        AddText(batch, SpanSymbols.HttpRoute, exchange.RouteTemplate ?? "");
        AddText(batch, SpanSymbols.Route, exchange.RouteName);
        if (status > 0)
        {
            attributes.AddInt(SpanSymbols.HttpResponseStatusCode, status);
        }

        AddText(batch, SpanSymbols.Priority, exchange.Priority.Text());
        if (flags != ResponseFlags.None)
        {
            AddText(batch, SpanSymbols.ResponseFlags, flags.ToCodes());
        }

        if (exchange.IsGrpc)
        {
            AddText(batch, SpanSymbols.RpcSystem, "grpc");
            AddText(batch, SpanSymbols.RpcMethod, RpcMethod(request));
            if (grpcStatus >= 0)
            {
                AddText(batch, SpanSymbols.RpcStatus, GrpcStatusText.Of(grpcStatus));
            }
        }

        if (exchange.Why is not null)
        {
            attributes.AddBool(SpanSymbols.Why, true);
        }

        string error = errorType.Length > 0 ? errorType : FailureType(exchange, status, grpcStatus, flags);
        AddText(batch, SpanSymbols.ErrorType, error);
        return error.Length > 0;
    }

    private static string FailureType(Exchange exchange, int status, int grpcStatus, ResponseFlags flags) =>
        exchange.IsGrpc && Exchange.IsGrpcFailure(grpcStatus) ? GrpcStatusText.Of(grpcStatus)
        : status >= 500 ? status.ToString(CultureInfo.InvariantCulture)
        : (flags & ~ResponseFlagsText.NoFailure) != 0 && status < 400 ? flags.ToCodes()
        : "";

    private static void Add(
        SpanBatch batch, Exchange exchange, SpanId id, SpanId parent, SpanKind kind, bool isFailure, long startTimestamp, long durationNanos, int firstAttribute, RowRange events)
    {
        // Wall time is read once per request; attempts are placed by the monotonic clock.
        long startUnixNanos = UnixTime.Nanos(exchange.StartedAt) + exchange.NanosSinceStart(startTimestamp);
        batch.Add(
            exchange.Trace.TraceId,
            id,
            parent,
            startUnixNanos,
            durationNanos,
            Name(batch, exchange),
            kind,
            isFailure ? SpanStatus.Error : SpanStatus.Unset,
            isFailure && exchange.FailureReason.Length > 0 ? batch.Text.Add(exchange.FailureReason) : default,
            exchange.Trace.State.Length > 0 ? batch.Text.Add(exchange.Trace.State) : default,
            exchange.Trace.Flags,
            0,
            0,
            new(firstAttribute, batch.Attributes.Count - firstAttribute),
            events);
    }

    // {method} {route}, never the path itself: names must stay few. A gRPC method is a route by nature.
    private static int Name(SpanBatch batch, Exchange exchange)
    {
        var request = exchange.Context.Request;
        if (exchange.IsGrpc)
        {
            return batch.Symbols.Add(RpcMethod(request));
        }

        string method = KnownMethod(request.Method);
        string shown = method == "_OTHER" ? "HTTP" : method;
        if (exchange.RouteTemplate is not { } route)
        {
            return batch.Symbols.Add(shown);
        }

        Span<char> name = stackalloc char[256];
        return name.TryWrite(CultureInfo.InvariantCulture, $"{shown} {route}", out int length) ? batch.Symbols.Add(name[..length]) : batch.Symbols.Add(shown);
    }

    private static ReadOnlySpan<char> RpcMethod(HttpRequest request)
    {
        var path = request.Path.Value.AsSpan().TrimStart('/');
        return path.Length > MaxTextLength ? path[..MaxTextLength] : path;
    }

    private static string KnownMethod(string method) => HttpMethods.GetCanonicalizedValue(method) switch
    {
        "GET" or "POST" or "PUT" or "DELETE" or "HEAD" or "OPTIONS" or "PATCH" or "TRACE" or "CONNECT" => method,
        _ => "_OTHER",
    };

    // Without the query: it may hold what nobody meant to store.
    private static void AddFullUrl(SpanBatch batch, HttpRequest request)
    {
        Span<char> url = stackalloc char[MaxTextLength];
        if (url.TryWrite($"{request.Scheme}://{request.Host.Value}{request.Path.Value}", out int length))
        {
            AddText(batch, SpanSymbols.UrlFull, url[..length]);
        }
    }

    private static void AddClient(SpanBatch batch, IPAddress? address)
    {
        Span<char> text = stackalloc char[64];
        if (address is not null && address.TryFormat(text, out int length))
        {
            AddText(batch, SpanSymbols.ClientAddress, text[..length]);
        }
    }

    private static void AddServer(SpanBatch batch, ReadOnlySpan<char> authority)
    {
        Split(authority, out var host, out int port);
        AddText(batch, SpanSymbols.ServerAddress, host);
        batch.Attributes.AddInt(SpanSymbols.ServerPort, port > 0 ? port : 80);
    }

    private static void AddPeer(SpanBatch batch, ReadOnlySpan<char> address)
    {
        if (!address.IsEmpty)
        {
            Split(address, out var host, out int port);
            AddText(batch, SpanSymbols.PeerAddress, host);
            batch.Attributes.AddInt(SpanSymbols.PeerPort, port);
        }
    }

    // host:port, or a host alone; an IPv6 literal keeps its brackets.
    private static void Split(ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out int port)
    {
        int colon = authority.LastIndexOf(':');
        port = 0;
        host = colon > 0 && int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) ? authority[..colon] : authority;
    }

    private static void AddText(SpanBatch batch, int key, ReadOnlySpan<char> text)
    {
        if (!text.IsEmpty)
        {
            batch.Attributes.AddText(key, batch.Text.Add(text.Length > MaxTextLength ? text[..MaxTextLength] : text));
        }
    }
}

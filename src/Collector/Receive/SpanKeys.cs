using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

/// <summary>The parts of a call's time, nanoseconds.</summary>
internal readonly record struct CallTimes(long ClientProxy, long Network, long ServerProxy, long App);

/// <summary>The numbers that one batch gives to the attribute keys we read; -1 when no span of it has the key.</summary>
internal readonly struct SpanKeys(SpanBatch batch)
{
    private readonly int _proxyScope = batch.Symbols.Find("MeshInsight.Proxy"u8);
    private readonly int _httpStatus = batch.Symbols.Find("http.response.status_code"u8);

    private readonly int _httpMethod = batch.Symbols.Find("http.request.method"u8);
    private readonly int _rpcSystem = batch.Symbols.Find("rpc.system"u8);
    private readonly int _rpcSystemName = batch.Symbols.Find("rpc.system.name"u8);

    private readonly int _why = batch.Symbols.Find("mesh.why"u8);

    public int DestinationService { get; } = batch.Symbols.Find("mesh.destination.service"u8);

    public int DestinationVersion { get; } = batch.Symbols.Find("mesh.destination.version"u8);

    public int DestinationInstance { get; } = batch.Symbols.Find("mesh.destination.instance"u8);

    public int SourceService { get; } = batch.Symbols.Find("mesh.source.service"u8);

    public int SourceVersion { get; } = batch.Symbols.Find("mesh.source.version"u8);

    public int InboundSpanId { get; } = batch.Symbols.Find("mesh.inbound_span_id"u8);

    private readonly int _clientProxyTime = batch.Symbols.Find("mesh.time.client_proxy_us"u8);
    private readonly int _networkTime = batch.Symbols.Find("mesh.time.network_us"u8);
    private readonly int _serverProxyTime = batch.Symbols.Find("mesh.time.server_proxy_us"u8);
    private readonly int _appTime = batch.Symbols.Find("mesh.time.app_us"u8);

    public int PeerService { get; } = batch.Symbols.Find("peer.service"u8);

    public int ServerAddress { get; } = batch.Symbols.Find("server.address"u8);

    private readonly int _fault = batch.Symbols.Find("mesh.fault"u8);

    /// <summary>Whether a call ended by a fault that its caller's sidecar injected: the callee never saw it. A call that was only delayed did reach it.</summary>
    public bool IsInjected(SpanBatch spans, int row) => _fault >= 0 && Text(spans, row, _fault) is { IsEmpty: false } kind && !kind.SequenceEqual("delay"u8);

    /// <summary>Whom a CLIENT span says it called; empty when it does not.</summary>
    public ReadOnlySpan<byte> Callee(SpanBatch spans, int row)
    {
        var name = Text(spans, row, DestinationService);
        name = name.IsEmpty ? Text(spans, row, PeerService) : name;
        return name.IsEmpty ? Text(spans, row, ServerAddress) : name;
    }

    public bool IsProxy(SpanBatch spans, int row)
    {
        int scope = spans.ScopeRows[row];
        return _proxyScope >= 0 && scope >= 0 && spans.Scopes[scope].Name == _proxyScope;
    }

    /// <summary>
    /// Failed means status Error, but not a CLIENT's 4xx: OpenTelemetry marks those Error on the caller's side only, and both ends of an edge must agree
    /// on what the callee did wrong.
    /// </summary>
    public bool Failed(SpanBatch spans, int row)
    {
        if (spans.Statuses[row] != SpanStatus.Error)
        {
            return false;
        }

        if (spans.Kinds[row] != SpanKind.Client)
        {
            return true;
        }

        int found = spans.Attributes.Find(spans.AttributeRows[row], _httpStatus);
        return found < 0 || spans.Attributes.Kind(found) != AttributeKind.Int || spans.Attributes.Int(found) is < 400 or > 499;
    }

    /// <returns><c>grpc</c>, <c>http</c> or empty. gRPC runs over HTTP, so its attributes win.</returns>
    public string Protocol(SpanBatch spans, int row)
    {
        var rows = spans.AttributeRows[row];
        return spans.Attributes.Find(rows, _rpcSystem) >= 0 || spans.Attributes.Find(rows, _rpcSystemName) >= 0 ? "grpc"
            : spans.Attributes.Find(rows, _httpMethod) >= 0 ? "http"
            : "";
    }

    /// <summary>Whether the request was to be explained: only a sidecar that saw the key says so.</summary>
    public bool IsAsked(SpanBatch spans, int row) => _why >= 0 && IsProxy(spans, row) && spans.Attributes.Find(spans.AttributeRows[row], _why) >= 0;

    /// <summary>Where a call's time went, nanoseconds; false when its span does not say so whole.</summary>
    public bool TryTimes(SpanBatch spans, int row, out CallTimes times)
    {
        times = default;
        // App comes last: where it is missing in the whole batch no row is searched.
        if (_appTime < 0
            || !TryMicros(spans, row, _appTime, out long app)
            || !TryMicros(spans, row, _serverProxyTime, out long serverProxy)
            || !TryMicros(spans, row, _networkTime, out long network)
            || !TryMicros(spans, row, _clientProxyTime, out long clientProxy))
        {
            return false;
        }

        times = new(clientProxy * 1000, network * 1000, serverProxy * 1000, app * 1000);
        return true;
    }

    private static bool TryMicros(SpanBatch spans, int row, int key, out long micros)
    {
        int found = key < 0 ? -1 : spans.Attributes.Find(spans.AttributeRows[row], key);
        micros = found >= 0 && spans.Attributes.Kind(found) == AttributeKind.Int ? spans.Attributes.Int(found) : -1;
        // A year and more is no time of a request; and it stays a number when it is made nanoseconds.
        return micros is >= 0 and < 1L << 45;
    }

    /// <summary>Text of an attribute; empty when absent or of another kind.</summary>
    public static ReadOnlySpan<byte> Text(SpanBatch spans, int row, int key)
    {
        int found = spans.Attributes.Find(spans.AttributeRows[row], key);
        return found >= 0 && spans.Attributes.Kind(found) == AttributeKind.Text ? spans.Text[spans.Attributes.Text(found)] : default;
    }
}

using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Spans;

/// <summary>
/// The attribute keys of our spans, put into every batch first and in this order, so that their symbols are constants and no key is hashed
/// per span. HTTP: https://opentelemetry.io/docs/specs/semconv/http/http-spans/, RPC: …/rpc/grpc/.
/// </summary>
internal static class SpanSymbols
{
    public const int HttpRequestMethod = 1;
    public const int HttpResponseStatusCode = 2;
    public const int HttpRoute = 3;
    public const int HttpResendCount = 4;
    public const int UrlPath = 5;
    public const int UrlScheme = 6;
    public const int UrlFull = 7;
    public const int ServerAddress = 8;
    public const int ServerPort = 9;
    public const int ClientAddress = 10;
    public const int PeerAddress = 11;
    public const int PeerPort = 12;
    public const int ProtocolVersion = 13;
    public const int UserAgent = 14;
    public const int ErrorType = 15;
    public const int RpcSystem = 16;
    public const int RpcMethod = 17;
    public const int RpcStatus = 18;
    public const int DestinationService = 19;
    public const int DestinationVersion = 20;
    public const int DestinationInstance = 21;
    public const int SourceService = 22;
    public const int SourceVersion = 23;
    public const int Route = 24;
    public const int ResponseFlags = 25;
    public const int InboundSpanId = 26;
    public const int ClientProxyTime = 27;
    public const int PeerPrincipal = 28;
    public const int NetworkTime = 29;
    public const int ServerProxyTime = 30;
    public const int AppTime = 31;
    public const int Fault = 32;
    public const int FaultInjection = 33;
    public const int Why = 34;
    public const int Priority = 35;

    private static readonly string[] Keys =
    [
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.request.resend_count",
        "url.path",
        "url.scheme",
        "url.full",
        "server.address",
        "server.port",
        "client.address",
        "network.peer.address",
        "network.peer.port",
        "network.protocol.version",
        "user_agent.original",
        "error.type",
        "rpc.system.name",
        "rpc.method",
        "rpc.response.status_code",
        MeshAttributes.DestinationService,
        MeshAttributes.DestinationVersion,
        MeshAttributes.DestinationInstance,
        MeshAttributes.SourceService,
        MeshAttributes.SourceVersion,
        MeshAttributes.Route,
        MeshAttributes.ResponseFlags,
        MeshAttributes.InboundSpanId,
        MeshAttributes.ClientProxyTime,
        MeshAttributes.PeerPrincipal,
        MeshAttributes.NetworkTime,
        MeshAttributes.ServerProxyTime,
        MeshAttributes.AppTime,
        MeshAttributes.Fault,
        MeshAttributes.FaultInjection,
        MeshAttributes.Why,
        MeshAttributes.Priority,
    ];

    /// <summary>Makes an empty batch ready for our spans: keys, resource 0, scope 0.</summary>
    public static void Prepare(SpanBatch batch, Workload self)
    {
        foreach (string key in Keys)
        {
            batch.Symbols.Add(key);
        }

        TelemetrySource.Add(batch, self);
    }
}

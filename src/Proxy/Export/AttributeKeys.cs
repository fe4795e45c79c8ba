using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Export;

/// <summary>
/// The attribute keys of our spans and log records. HTTP: https://opentelemetry.io/docs/specs/semconv/http/http-spans/, RPC: …/rpc/grpc/.
/// </summary>
internal static class AttributeKeys
{
    public static readonly AttributeKey HttpRequestMethod = new("http.request.method");
    public static readonly AttributeKey HttpResponseStatusCode = new("http.response.status_code");
    public static readonly AttributeKey HttpRoute = new("http.route");
    public static readonly AttributeKey HttpResendCount = new("http.request.resend_count");
    public static readonly AttributeKey UrlPath = new("url.path");
    public static readonly AttributeKey UrlScheme = new("url.scheme");
    public static readonly AttributeKey UrlFull = new("url.full");
    public static readonly AttributeKey ServerAddress = new("server.address");
    public static readonly AttributeKey ServerPort = new("server.port");
    public static readonly AttributeKey ClientAddress = new("client.address");
    public static readonly AttributeKey PeerAddress = new("network.peer.address");
    public static readonly AttributeKey PeerPort = new("network.peer.port");
    public static readonly AttributeKey ProtocolVersion = new("network.protocol.version");
    public static readonly AttributeKey UserAgent = new("user_agent.original");
    public static readonly AttributeKey ErrorType = new("error.type");
    public static readonly AttributeKey RpcSystem = new("rpc.system.name");
    public static readonly AttributeKey RpcMethod = new("rpc.method");
    public static readonly AttributeKey RpcStatus = new("rpc.response.status_code");
    public static readonly AttributeKey DestinationService = new(MeshAttributes.DestinationService);
    public static readonly AttributeKey DestinationVersion = new(MeshAttributes.DestinationVersion);
    public static readonly AttributeKey DestinationInstance = new(MeshAttributes.DestinationInstance);
    public static readonly AttributeKey SourceService = new(MeshAttributes.SourceService);
    public static readonly AttributeKey SourceVersion = new(MeshAttributes.SourceVersion);
    public static readonly AttributeKey Route = new(MeshAttributes.Route);
    public static readonly AttributeKey ResponseFlags = new(MeshAttributes.ResponseFlags);
    public static readonly AttributeKey InboundSpanId = new(MeshAttributes.InboundSpanId);
    public static readonly AttributeKey ClientProxyTime = new(MeshAttributes.ClientProxyTime);
    public static readonly AttributeKey PeerPrincipal = new(MeshAttributes.PeerPrincipal);
    public static readonly AttributeKey NetworkTime = new(MeshAttributes.NetworkTime);
    public static readonly AttributeKey ServerProxyTime = new(MeshAttributes.ServerProxyTime);
    public static readonly AttributeKey AppTime = new(MeshAttributes.AppTime);
    public static readonly AttributeKey Fault = new(MeshAttributes.Fault);
    public static readonly AttributeKey FaultInjection = new(MeshAttributes.FaultInjection);
    public static readonly AttributeKey Why = new(MeshAttributes.Why);

    /// <summary>Of the events that answer why.</summary>
    public static readonly AttributeKey WhyText = new(MeshAttributes.WhyText);

    public static readonly AttributeKey Priority = new(MeshAttributes.Priority);
    public static readonly AttributeKey PolicyNote = new(MeshAttributes.PolicyNote);
}

using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Logs;

/// <summary>The attribute keys of our access log records.</summary>
internal static class LogKeys
{
    public static readonly AttributeKey HttpRequestMethod = new("http.request.method");
    public static readonly AttributeKey HttpResponseStatusCode = new("http.response.status_code");
    public static readonly AttributeKey ResponseFlags = new(MeshAttributes.ResponseFlags);
    public static readonly AttributeKey Route = new(MeshAttributes.Route);
    public static readonly AttributeKey PeerPrincipal = new(MeshAttributes.PeerPrincipal);
    public static readonly AttributeKey PolicyNote = new(MeshAttributes.PolicyNote);
    public static readonly AttributeKey Fault = new(MeshAttributes.Fault);
    public static readonly AttributeKey FaultInjection = new(MeshAttributes.FaultInjection);
    public static readonly AttributeKey Priority = new(MeshAttributes.Priority);
}

using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Spans;

namespace MeshInsight.Proxy.Logs;

/// <summary>The texts that every access log record draws from, put into every batch first and in this order: see <see cref="SpanSymbols"/>.</summary>
internal static class LogSymbols
{
    public const int HttpRequestMethod = 1;
    public const int HttpResponseStatusCode = 2;
    public const int ResponseFlags = 3;
    public const int Route = 4;
    public const int PeerPrincipal = 5;
    public const int PolicyNote = 6;
    public const int Fault = 7;
    public const int FaultInjection = 8;
    public const int Priority = 9;
    public const int Info = 10;
    public const int Warn = 11;
    public const int Error = 12;
    public const int Request = 13;
    public const int RequestFailed = 14;
    public const int Connection = 15;
    public const int ConnectionFailed = 16;

    private static readonly string[] Texts =
    [
        "http.request.method",
        "http.response.status_code",
        MeshAttributes.ResponseFlags,
        MeshAttributes.Route,
        MeshAttributes.PeerPrincipal,
        MeshAttributes.PolicyNote,
        MeshAttributes.Fault,
        MeshAttributes.FaultInjection,
        MeshAttributes.Priority,
        "INFO",
        "WARN",
        "ERROR",
        "mesh.request",
        "mesh.request.failed",
        "mesh.connection",
        "mesh.connection.failed",
    ];

    /// <summary>Makes an empty batch ready for our records: texts, resource 0, scope 0.</summary>
    public static void Prepare(LogBatch batch, Workload self)
    {
        foreach (string text in Texts)
        {
            batch.Symbols.Add(text);
        }

        TelemetrySource.Add(batch, self);
    }
}

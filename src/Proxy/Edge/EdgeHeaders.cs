namespace MeshInsight.Proxy.Edge;

/// <summary>
/// What a client outside says about itself and others is not believed. Addresses are told as Envoy's edge does with <c>use_remote_address</c>: ours is appended, the rest
/// is for whoever trusts it. A trace begins here: an outsider's ids and sampling wishes would be in everybody's data.
/// </summary>
internal static class EdgeHeaders
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string ForwardedProto = "X-Forwarded-Proto";

    // The first three speak of the hops before us; the others of the trace.
    private static readonly string[] NotBelieved =
    [
        "Forwarded", "X-Forwarded-Host", "X-Forwarded-Port",
        "traceparent", "tracestate", "baggage", "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags",
    ];

    /// <param name="client">IP address; empty when it has none.</param>
    public static void Replace(IHeaderDictionary headers, string client, bool isTls)
    {
        foreach (string name in NotBelieved)
        {
            headers.Remove(name);
        }

        headers[ForwardedProto] = isTls ? "https" : "http";
        if (client.Length > 0)
        {
            headers[ForwardedFor] = headers.TryGetValue(ForwardedFor, out var before) && before.Count > 0 ? $"{before}, {client}" : client;
        }
    }
}

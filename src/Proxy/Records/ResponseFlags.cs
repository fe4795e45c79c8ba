namespace MeshInsight.Proxy.Records;

/// <summary>Who ended a request and why, in Envoy's words (its access log's RESPONSE_FLAGS).</summary>
[Flags]
internal enum ResponseFlags
{
    None = 0,

    /// <summary>UH: the cluster has no endpoint.</summary>
    NoHealthyUpstream = 1 << 0,

    /// <summary>UF: no connection to the endpoint.</summary>
    UpstreamConnectFailure = 1 << 1,

    /// <summary>NR: no route for this authority or path.</summary>
    NoRoute = 1 << 2,

    /// <summary>NC: the route names a cluster that does not exist.</summary>
    NoCluster = 1 << 3,

    /// <summary>URX: retries used up.</summary>
    RetriesExhausted = 1 << 4,

    /// <summary>UT: the upstream took longer than the route allows.</summary>
    UpstreamTimeout = 1 << 5,

    /// <summary>UC: the upstream closed the connection.</summary>
    UpstreamClosed = 1 << 6,

    /// <summary>UR: the upstream reset the stream.</summary>
    UpstreamReset = 1 << 7,

    /// <summary>LR: this sidecar reset the stream.</summary>
    LocalReset = 1 << 8,

    /// <summary>DC: the client went away.</summary>
    ClientGone = 1 << 9,

    /// <summary>UO: a circuit breaker of the cluster is open.</summary>
    UpstreamOverflow = 1 << 10,

    /// <summary>RL: a rate limit refused the request.</summary>
    RateLimited = 1 << 11,

    /// <summary>RLSE: the tokens of a global rate limit could not be fetched, and it refuses then.</summary>
    RateLimitAway = 1 << 12,

    /// <summary>DI: the request was delayed on purpose. No failure by itself.</summary>
    DelayInjected = 1 << 13,

    /// <summary>FI: the request was aborted on purpose.</summary>
    FaultInjected = 1 << 14,

    /// <summary>UAEX: a policy refused the request.</summary>
    Denied = 1 << 20,

    /// <summary>OM: shed before it reached the app, which has as much to do as it can take.</summary>
    Overloaded = 1 << 21,

    /// <summary>SI: the client began a body and sent no more of it, or nothing moved on a connection for too long. No failure of the upstream.</summary>
    StreamIdle = 1 << 22,
}

internal static class ResponseFlagsText
{
    /// <summary>
    /// Flags that do not make a failure of a request by themselves. A client that leaves on purpose is no failure of anyone (HTTP semantic conventions, error.type); what
    /// a rate limit refuses is a 4xx, also where gRPC writes it as 200; of a fault the status decides that was injected.
    /// </summary>
    public const ResponseFlags NoFailure = ResponseFlags.ClientGone | ResponseFlags.RateLimited | ResponseFlags.DelayInjected | ResponseFlags.FaultInjected | ResponseFlags.StreamIdle;

    private static readonly (ResponseFlags Flag, string Code)[] Codes =
    [
        (ResponseFlags.NoHealthyUpstream, "UH"),
        (ResponseFlags.UpstreamConnectFailure, "UF"),
        (ResponseFlags.NoRoute, "NR"),
        (ResponseFlags.NoCluster, "NC"),
        (ResponseFlags.RetriesExhausted, "URX"),
        (ResponseFlags.UpstreamTimeout, "UT"),
        (ResponseFlags.UpstreamClosed, "UC"),
        (ResponseFlags.UpstreamReset, "UR"),
        (ResponseFlags.LocalReset, "LR"),
        (ResponseFlags.ClientGone, "DC"),
        (ResponseFlags.UpstreamOverflow, "UO"),
        (ResponseFlags.RateLimited, "RL"),
        (ResponseFlags.RateLimitAway, "RLSE"),
        (ResponseFlags.DelayInjected, "DI"),
        (ResponseFlags.FaultInjected, "FI"),
        (ResponseFlags.Denied, "UAEX"),
        (ResponseFlags.Overloaded, "OM"),
        (ResponseFlags.StreamIdle, "SI"),
    ];

    /// <summary>What <see cref="ToCodes"/> wrote; codes that are not known are left out.</summary>
    public static ResponseFlags Parse(string codes)
    {
        string[] known = codes.Split(',');
        return Codes.Where(c => known.Contains(c.Code)).Aggregate(ResponseFlags.None, (flags, c) => flags | c.Flag);
    }

    /// <summary>Codes joined by commas, <c>-</c> for none, as Envoy and Istio write them.</summary>
    public static string ToCodes(this ResponseFlags flags)
    {
        if (flags == ResponseFlags.None)
        {
            return "-";
        }

        string text = "";
        foreach (var (flag, code) in Codes)
        {
            if ((flags & flag) != 0)
            {
                text = text.Length == 0 ? code : text + "," + code;
            }
        }

        return text;
    }
}

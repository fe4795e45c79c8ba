using System.Globalization;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Cli.Commands;

/// <summary>
/// One request as its sidecars tell it, hop by hop: what spans hold of every request, and the notes that were taken of those somebody asked about.
/// </summary>
internal static class WhyStory
{
    public static IEnumerable<string> Lines(IReadOnlyList<TraceSpan> spans)
    {
        var hops = spans.Where(s => s.Scope == MeshAttributes.ProxyScope).ToList();
        var answers = hops.Where(s => s.Kind == "Server").ToLookup(s => s.ParentSpanId);
        var calls = hops.Where(s => s.Kind == "Client").ToList();
        var told = new HashSet<string>();
        foreach (var hop in hops.OrderBy(s => s.StartUnixNano))
        {
            if (!told.Add(hop.SpanId))
            {
                continue;
            }

            // A call's other end is told with it.
            var server = hop.Kind == "Client" ? answers[hop.SpanId].FirstOrDefault() : null;
            if (hop.Kind == "Server" && calls.Any(c => c.SpanId == hop.ParentSpanId))
            {
                told.Remove(hop.SpanId);
                continue;
            }

            foreach (string line in Hop(hop, server))
            {
                yield return line;
            }
        }

        if (hops.Count == 0)
        {
            yield return "No sidecar has seen this request: its spans come from elsewhere.";
        }
        else if (hops.All(h => h.Attribute(MeshAttributes.Why).Length == 0))
        {
            yield return "";
            yield return "This is what is known of every request. Send it again with x-mesh-why (meshinsight why --key) to be told what was decided at each hop.";
        }
    }

    private static IEnumerable<string> Hop(TraceSpan hop, TraceSpan? server)
    {
        bool isCall = hop.Kind == "Client";
        string destination = isCall
            ? $"{Name(hop.Service, hop.Version)} -> {Name(hop.Attribute(MeshAttributes.DestinationService), hop.Attribute(MeshAttributes.DestinationVersion))}"
            : $"{Name(hop.Attribute(MeshAttributes.SourceService), hop.Attribute(MeshAttributes.SourceVersion))} -> {Name(hop.Service, hop.Version)}";
        yield return $"{hop.Attribute("http.request.method")} {hop.Attribute("url.path")}  {destination}  {Outcome(hop)}  {Millis(hop.DurationNano / 1e6)}";
        if (hop.Attribute(MeshAttributes.Route) is { Length: > 0 } route)
        {
            yield return Line("matched", route);
        }

        if (isCall && hop.Attribute("network.peer.address") is { Length: > 0 } address)
        {
            yield return Line("called", $"{hop.Attribute(MeshAttributes.DestinationInstance)} at {address}:{hop.Attribute("network.peer.port")}{Proof(hop)}");
        }

        if (hop.Attribute("http.request.resend_count") is { Length: > 0 } resend)
        {
            yield return Line("retry", $"this is try {int.Parse(resend, CultureInfo.InvariantCulture) + 1}");
        }

        if (hop.Attribute(MeshAttributes.FaultInjection) is { Length: > 0 } fault)
        {
            yield return Line("fault", $"{hop.Attribute(MeshAttributes.Fault)} by {fault}");
        }

        if (hop.Attribute(MeshAttributes.ResponseFlags) is { Length: > 0 } flags)
        {
            yield return Line("flags", flags + (hop.StatusMessage.Length > 0 ? $": {hop.StatusMessage}" : ""));
        }

        foreach (var note in new[] { hop, server }.OfType<TraceSpan>().SelectMany(Notes))
        {
            yield return note;
        }

        if (Times(hop) is { Length: > 0 } times)
        {
            yield return Line("time", times);
        }
    }

    private static IEnumerable<string> Notes(TraceSpan span) =>
        span.Events.Where(e => e.Name.StartsWith(MeshAttributes.WhyEventPrefix, StringComparison.Ordinal)).SelectMany(e =>
            (e.Attributes.FirstOrDefault(a => a.Key == MeshAttributes.WhyText).Value ?? "").Split("; ")
                .Select((part, i) => Line(i == 0 ? e.Name[MeshAttributes.WhyEventPrefix.Length..] : "", part)));

    private static string Times(TraceSpan hop)
    {
        (string Name, string Key)[] parts =
        [
            ("app", MeshAttributes.AppTime), ("network", MeshAttributes.NetworkTime), ("caller's sidecar", MeshAttributes.ClientProxyTime), ("callee's sidecar", MeshAttributes.ServerProxyTime),
        ];
        return string.Join(", ", parts
            .Select(p => (p.Name, IsKnown: long.TryParse(hop.Attribute(p.Key), NumberStyles.None, CultureInfo.InvariantCulture, out long micros), Micros: micros))
            .Where(p => p.IsKnown)
            .Select(p => $"{p.Name} {Millis(p.Micros / 1000.0)}"));
    }

    private static string Proof(TraceSpan hop) => hop.Attribute(MeshAttributes.PeerPrincipal) is { Length: > 0 } id ? $", proved as {id}" : ", in plain text";

    private static string Outcome(TraceSpan hop) =>
        hop.Attribute("rpc.response.status_code") is { Length: > 0 } grpc ? grpc
        : hop.Attribute("http.response.status_code") is { Length: > 0 } status ? status
        : "no response";

    private static string Name(string service, string version) => service.Length == 0 ? "outside" : version.Length == 0 ? service : $"{service}@{version}";

    private static string Line(string subject, string text) => $"  {subject,-9} {text}";

    private static string Millis(double millis) => millis.ToString("0.###", CultureInfo.InvariantCulture) + " ms";
}

using System.Globalization;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>
/// The labels of Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/) for one series, so that Kiali, Flagger and
/// dashboards made for Istio query ours unmodified. We have no namespaces.
/// </summary>
internal static class IstioLabels
{
    private const string Unknown = "unknown";
    private const string Namespace = "default";
    private const string Cluster = "mesh";

    public static KeyValuePair<string, string>[] Of(SeriesKey key, Workload self)
    {
        if (key.IsOverflow)
        {
            return OverflowLabels.All;
        }

        var peer = new Workload(key.PeerService, key.PeerVersion, "");
        var (source, destination) = key.IsInbound ? (peer, self) : (self, peer);
        var (sourcePrincipal, destinationPrincipal) = key.IsInbound ? (key.PeerPrincipal, OwnPrincipal(key, self)) : (OwnPrincipal(key, self), key.PeerPrincipal);
        string host = destination.Service.Length == 0 ? Unknown : destination == Workload.Passthrough ? destination.Service : destination.Service + ".mesh";
        return
        [
            new("reporter", key.IsInbound ? "destination" : "source"),
            new("source_workload", WorkloadName(source)),
            new("source_workload_namespace", NamespaceOf(source)),
            new("source_principal", OrUnknown(sourcePrincipal)),
            new("source_app", OrUnknown(source.Service)),
            new("source_version", OrUnknown(source.Version)),
            new("source_cluster", source.Service.Length > 0 ? Cluster : Unknown),
            new("destination_workload", WorkloadName(destination)),
            new("destination_workload_namespace", NamespaceOf(destination)),
            new("destination_principal", OrUnknown(destinationPrincipal)),
            new("destination_app", OrUnknown(destination.Service)),
            new("destination_version", OrUnknown(destination.Version)),
            new("destination_service", host),
            new("destination_service_name", OrUnknown(destination.Service)),
            new("destination_service_namespace", NamespaceOf(destination)),
            new("destination_cluster", destination.Service.Length > 0 ? Cluster : Unknown),
            new("request_protocol", key.IsGrpc ? "grpc" : "http"),
            new("response_code", key.Status.ToString(CultureInfo.InvariantCulture)),
            new("grpc_response_status", key.GrpcStatus >= 0 ? key.GrpcStatus.ToString(CultureInfo.InvariantCulture) : ""),
            new("response_flags", key.Flags.ToCodes()),
            new("priority", key.Priority.Text()),
            new("connection_security_policy", !key.IsInbound ? Unknown : key.PeerPrincipal.Length > 0 ? "mutual_tls" : "none"),
            new("source_canonical_service", OrUnknown(source.Service)),
            new("source_canonical_revision", OrLatest(source)),
            new("destination_canonical_service", OrUnknown(destination.Service)),
            new("destination_canonical_revision", OrLatest(destination)),
        ];
    }

    /// <summary>Of connections: the same without what only requests have.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(TcpSeriesKey key, Workload self) => key.IsOverflow
        ? OverflowLabels.All
        : Of(new SeriesKey(key.IsInbound, key.PeerService, key.PeerVersion, 0, -1, key.Flags, false, key.PeerPrincipal), self)
            .Where(l => l.Key is not ("response_code" or "grpc_response_status" or "priority"))
            .Select(l => l.Key == "request_protocol" ? new(l.Key, "tcp") : l);

    // Both ends of a connection are of one trust domain; without mutual TLS neither has shown who it is.
    private static string OwnPrincipal(SeriesKey key, Workload self) =>
        key.PeerPrincipal.Length > 0 && SpiffeId.TryParse(key.PeerPrincipal, out var peer, out _) && SpiffeId.TryForService(peer.TrustDomain, self.Service, out var own, out _)
            ? own.Text
            : "";

    // As Istio's sample applications name their workloads: service and version.
    private static string WorkloadName(Workload workload) =>
        workload.Service.Length == 0 ? Unknown : workload.Version.Length == 0 ? workload.Service : $"{workload.Service}-{workload.Version}";

    private static string NamespaceOf(Workload workload) => workload.Service.Length > 0 ? Namespace : Unknown;

    private static string OrUnknown(string text) => text.Length > 0 ? text : Unknown;

    private static string OrLatest(Workload workload) =>
        workload.Version.Length > 0 ? workload.Version : workload.Service.Length > 0 ? "latest" : Unknown;
}

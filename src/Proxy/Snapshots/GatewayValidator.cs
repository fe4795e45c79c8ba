using MeshInsight.Contracts.Mesh;
using static MeshInsight.Proxy.Snapshots.SnapshotChecks;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>Looks for what would make a gateway open the wrong door, or none.</summary>
internal static class GatewayValidator
{
    public static IEnumerable<RouteConfig> Routes(MeshSnapshot snapshot) => snapshot.Gateways.SelectMany(g => g.Hosts).SelectMany(h => h.Routes);

    public static void Check(IReadOnlyList<GatewayConfig> gateways, List<string> problems)
    {
        foreach (var repeated in gateways.GroupBy(g => g.Name).Where(g => g.Count() > 1))
        {
            problems.Add($"{repeated.Count()} gateways are named '{repeated.Key}'; names must differ.");
        }

        foreach (var gateway in gateways)
        {
            foreach (var listener in gateway.Listeners)
            {
                Check(listener, $"gateway '{gateway.Name}' listener '{listener.Name}'", problems);
            }

            foreach (var port in gateway.Listeners.GroupBy(l => l.Port).Where(p => p.Select(l => l.IsTls).Distinct().Count() > 1 || (p.Count() > 1 && p.Any(l => l.Protocol == GatewayProtocol.Tcp))))
            {
                problems.Add($"gateway '{gateway.Name}': the listeners of port {port.Key} cannot be told apart by their first bytes.");
            }
        }
    }

    private static void Check(GatewayListener listener, string where, List<string> problems)
    {
        Require(listener.Port is > 0 and <= 65535, problems, $"{where}: port is {listener.Port}; allowed are 1 to 65535.");
        Require(Enum.IsDefined(listener.Protocol), problems, $"{where}: protocol {(int)listener.Protocol} is not known.");
        Require(listener.Hosts.Append(new(listener.Hostname, [])).All(h => h.Hostname.Length == 0 || Hostnames.IsValid(h.Hostname)), problems, $"{where}: a hostname is no DNS name.");
        Require(!listener.IsTls || listener.IsPassthrough || listener.Certificates.Count > 0, problems, $"{where}: it ends TLS but names no certificate.");
        Require(!listener.Http3 || listener.Protocol == GatewayProtocol.Https, problems, $"{where}: http3 is asked for, but it is no HTTPS listener.");
        Require(listener.Certificates.All(GatewayListener.IsCertificateName), problems, $"{where}: a certificate's name has other characters than letters, digits, '-' and '.'.");
    }
}

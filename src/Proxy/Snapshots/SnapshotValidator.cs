using System.Globalization;
using System.Text.RegularExpressions;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using static MeshInsight.Proxy.Snapshots.SnapshotChecks;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>
/// Looks for everything that would make a snapshot misbehave, and says all of it, each with where, what and what is allowed. A route to a
/// cluster that is not there is no problem: its share of requests is answered with an error (Gateway API, invalid backendRef).
/// </summary>
internal static class SnapshotValidator
{
    private const int LongestTimeoutHours = 24;

    public static IReadOnlyList<string> Problems(MeshSnapshot snapshot)
    {
        var problems = new List<string>();
        // Routes may share a name: one resource with several parents becomes one route each.
        Repeated(snapshot.Clusters.Select(c => c.Name), problems);
        foreach (var route in snapshot.Routes.Concat(GatewayValidator.Routes(snapshot)))
        {
            Check(route, problems);
        }

        foreach (var cluster in snapshot.Clusters)
        {
            Check(cluster, problems);
        }

        GatewayValidator.Check(snapshot.Gateways, problems);
        Require(snapshot.WhyKeySha256.Length == 0 || WhyKey.IsHash(snapshot.WhyKeySha256), problems, "whyKeySha256 is no hash; it needs 64 hex digits, or nothing.");
        SecurityValidator.Check(snapshot.Security, problems);
        RateLimitValidator.Check(snapshot.RateLimits, problems);
        FaultValidator.Check(snapshot.Faults, problems);
        OverloadValidator.Check(snapshot.Overloads, problems);
        return problems;
    }

    private static void Check(RouteConfig route, List<string> problems)
    {
        string where = $"route '{route.Name}'";
        Require(route.Service.Length > 0, problems, $"{where}: service is empty; it needs the name of a service.");
        Duration(route.Timeout, where, "timeout", problems);
        Duration(route.TryTimeout, where, "tryTimeout", problems);
        Duration(route.Retry.Backoff, where, "retry.backoff", problems);
        Require(route.Retry.Attempts is >= 0 and <= 10, problems, $"{where}: retry.attempts is {route.Retry.Attempts}; allowed are 0 to 10.");
        Require(route.Retry.BudgetPercent is >= 0 and <= 100, problems, $"{where}: retry.budgetPercent is {route.Retry.BudgetPercent}; allowed are 0 to 100.");
        Require(route.Retry.BudgetMinPerSecond >= 0, problems, $"{where}: retry.budgetMinPerSecond is {route.Retry.BudgetMinPerSecond}; it cannot be negative.");
        foreach (int code in route.Retry.Codes.Where(c => c is < 400 or > 599))
        {
            problems.Add($"{where}: retry.codes has {code}; allowed are 400 to 599.");
        }

        Require(route.Port is >= 0 and <= 65535, problems, $"{where}: port is {route.Port}; allowed are 0 to 65535.");
        Require(!route.IsBytes || route.Port > 0, problems, $"{where}: it takes connections of bytes but names no port; they go to one.");
        foreach (string address in route.Addresses.Where(a => !System.Net.IPAddress.TryParse(a, out _)))
        {
            problems.Add($"{where}: address '{address}' is no IP address.");
        }

        RouteFilterValidator.Check(route, where, problems);
        if (route.Priority is { } priority)
        {
            OverloadValidator.Check(priority, where, problems);
        }

        foreach (var cluster in route.Clusters)
        {
            Require(cluster.Weight >= 0, problems, $"{where}: cluster '{cluster.Cluster}' has weight {cluster.Weight}; it cannot be negative.");
        }

        long sum = route.Clusters.Sum(c => (long)c.Weight);
        Require(sum <= int.MaxValue, problems, $"{where}: the weights add up to {sum}; allowed are up to {int.MaxValue}.");

        foreach (var match in route.Matches)
        {
            Check(match, where, problems);
        }
    }

    internal static void Check(RouteMatch match, string where, List<string> problems)
    {
        if (match.PathKind == PathMatchKind.Regex)
        {
            Pattern(match.Path, where, "path", problems);
        }
        else
        {
            Require(match.Path.Length == 0 || match.Path[0] == '/', problems, $"{where}: path '{match.Path}' must start with '/'.");
        }

        foreach (var header in match.Headers)
        {
            Require(header.Name.Length > 0, problems, $"{where}: a header match has no name.");
            if (header.IsRegex)
            {
                Pattern(header.Value, where, $"header '{header.Name}'", problems);
            }
        }

        foreach (var query in match.Query)
        {
            Require(query.Name.Length > 0, problems, $"{where}: a query match has no name.");
            if (query.IsRegex)
            {
                Pattern(query.Value, where, $"query '{query.Name}'", problems);
            }
        }
    }

    private static void Check(ClusterConfig cluster, List<string> problems)
    {
        string where = $"cluster '{cluster.Name}'";
        Require(cluster.Name.Length > 0, problems, "A cluster has no name.");
        Require(Enum.IsDefined(cluster.Protocol), problems, $"{where}: protocol {(int)cluster.Protocol} is not known.");
        foreach (var endpoint in cluster.Endpoints)
        {
            Require(IsHostAndPort(endpoint.Address), problems, $"{where}: endpoint '{endpoint.InstanceId}' has address '{endpoint.Address}'; it needs host:port.");
            Require(endpoint.Identity.Length == 0 || SpiffeId.TryParse(endpoint.Identity, out _, out _), problems, $"{where}: endpoint '{endpoint.InstanceId}' has identity '{endpoint.Identity}'; it needs a SPIFFE id.");
            Require(endpoint.KeepPercent is >= 0 and <= 100, problems, $"{where}: endpoint '{endpoint.InstanceId}' has keepPercent {endpoint.KeepPercent}; allowed are 0 to 100.");
            Require(endpoint.Weight is >= 1 and <= 100, problems, $"{where}: endpoint '{endpoint.InstanceId}' has weight {endpoint.Weight}; allowed are 1 to 100.");
        }

        problems.AddRange(TrafficPolicyValidator.Problems(cluster.Policy).Select(p => $"{where}: policy.{p}"));
    }

    private static void Repeated(IEnumerable<string> clusters, List<string> problems) =>
        problems.AddRange(clusters.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => $"{g.Count()} clusters are named '{g.Key}'; names must differ."));

    private static void Duration(TimeSpan value, string where, string field, List<string> problems) =>
        Require(
            value >= TimeSpan.Zero && value <= TimeSpan.FromHours(LongestTimeoutHours),
            problems,
            $"{where}: {field} is {value.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms; allowed are 0 to {LongestTimeoutHours} h.");

    private static void Pattern(string pattern, string where, string field, List<string> problems)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            problems.Add($"{where}: {field} has the expression '{pattern}', which is not supported: {e.Message}");
        }
    }

    private static bool IsHostAndPort(string address)
    {
        int colon = address.LastIndexOf(':');
        return colon > 0
            && ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
            && Uri.TryCreate("http://" + address, UriKind.Absolute, out var uri) && uri.AbsolutePath == "/" && uri.UserInfo.Length == 0;
    }
}

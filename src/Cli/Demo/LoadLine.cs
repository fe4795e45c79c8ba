using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshInsight.Cli.Demo;

/// <summary>One line of the load generator's output.</summary>
internal sealed record LoadLine(
    string Kind,
    long UnixMillis,
    long Sent,
    long Ok,
    long FailedByApp,
    long FailedByMesh,
    long NotSent,
    long InFlight,
    double P50Millis,
    double P99Millis,
    IReadOnlyDictionary<string, long> Causes)
{
    public static LoadLine Nothing { get; } = new("total", 0, 0, 0, 0, 0, 0, 0, 0, 0, new Dictionary<string, long>());

    /// <summary>Why the mesh failed requests, with counts.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, long> MeshCauses =>
        Causes.Where(cause => !cause.Key.StartsWith("app ", StringComparison.Ordinal)).ToDictionary(cause => cause.Key, cause => cause.Value);

    public static LoadLine? TryRead(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<LoadLine>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Adds one second to a total. Causes are totals already.</summary>
    public LoadLine Plus(LoadLine second) => this with
    {
        UnixMillis = second.UnixMillis,
        Sent = Sent + second.Sent,
        Ok = Ok + second.Ok,
        FailedByApp = FailedByApp + second.FailedByApp,
        FailedByMesh = FailedByMesh + second.FailedByMesh,
        NotSent = NotSent + second.NotSent,
        InFlight = second.InFlight,
        Causes = second.Causes,
    };
}

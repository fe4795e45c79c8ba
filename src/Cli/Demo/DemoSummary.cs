using System.Text.Json;
using System.Text.Json.Serialization;
using MeshInsight.Cli.Api;

namespace MeshInsight.Cli.Demo;

/// <summary>The last line of <c>--plain</c>. Seconds are null where the thing did not happen.</summary>
/// <param name="SecondsFromFirstFailureToWeightZero">From the first request that v2 failed (or delayed) on purpose to the moment every sidecar had confirmed weight 0.</param>
/// <param name="SecondsFromFirstFailureToIncident">To the moment the first incident was open.</param>
/// <param name="SecondsToFirstTrace">From the start of the command to the first request that can be looked at in the portal.</param>
/// <param name="RequestsFailedByMesh">Failed although no service of the shop did it: connection, timeout, an answer of a proxy's own.</param>
/// <param name="MeshFailures">The same by reason.</param>
/// <param name="RequestsNotSent">Could not be sent because too many were waiting.</param>
internal sealed record DemoSummary(
    string Scenario,
    string Outcome,
    string Expected,
    bool ExpectedSeen,
    double? SecondsFromFirstFailureToWeightZero,
    double? SecondsFromFirstFailureToIncident,
    double? SecondsToReady,
    double? SecondsToFirstTrace,
    long RequestsSent,
    long RequestsFailedByApp,
    long RequestsFailedByMesh,
    IReadOnlyDictionary<string, long> MeshFailures,
    long RequestsNotSent,
    string CauseNamed,
    bool CauseAsExpected,
    string Evidence,
    int Incidents,
    double DurationSeconds,
    string Portal)
{
    /// <summary>Whether the mesh did all that the scenario asks of it: the outcome, and the right thing blamed.</summary>
    [JsonIgnore]
    public bool AsExpected => ExpectedSeen && CauseAsExpected;

    public string ToJson() => JsonSerializer.Serialize(this, MeshApi.Json);
}

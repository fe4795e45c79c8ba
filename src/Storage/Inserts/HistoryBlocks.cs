using System.Text.Json;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;
using static MeshInsight.Storage.Inserts.RecordColumns;

namespace MeshInsight.Storage.Inserts;

/// <summary>
/// What the mesh found, decided and published → <c>mesh_findings</c>, <c>mesh_incidents</c>, <c>mesh_decisions</c>, <c>mesh_revisions</c>.
/// A row says when it was written; the newest of an id wins.
/// </summary>
internal static class HistoryBlocks
{
    private static readonly DateTimeOffset None = DateTimeOffset.UnixEpoch;

    private static readonly Block<IReadOnlyList<Stamped<Finding>>> FindingBlock = new("mesh_findings", static r => r.Count,
    [
        Text<Stamped<Finding>>("Id", static r => r.Row.Id),
        Time<Stamped<Finding>>("UpdatedAt", static r => r.Time),
        Time<Stamped<Finding>>("Since", static r => r.Row.Since),
        Bool<Stamped<Finding>>("IsActive", static r => r.Row.IsActive),
        Low<Stamped<Finding>>("Signal", static r => r.Row.Signal.ToString()),
        Low<Stamped<Finding>>("Scope", static r => r.Row.Subject.Scope.ToString()),
        Low<Stamped<Finding>>("Service", static r => r.Row.Subject.Service),
        Low<Stamped<Finding>>("Version", static r => r.Row.Subject.Version),
        Text<Stamped<Finding>>("Instance", static r => r.Row.Subject.Instance),
        Low<Stamped<Finding>>("Peer", static r => r.Row.Subject.Peer),
        Number<Stamped<Finding>, double>("Confidence", "Float64", static r => r.Row.Confidence),
        Number<Stamped<Finding>, double>("Observed", "Float64", static r => r.Row.Observed),
        Number<Stamped<Finding>, double>("Expected", "Float64", static r => r.Row.Expected),
        Text<Stamped<Finding>>("Summary", static r => r.Row.Summary),
        Text<Stamped<Finding>>("Record", static r => JsonSerializer.Serialize(r.Row, RecordJson.Default.Finding)),
    ]);

    private static readonly Block<IReadOnlyList<Stamped<Incident>>> IncidentBlock = new("mesh_incidents", static r => r.Count,
    [
        Text<Stamped<Incident>>("Id", static r => r.Row.Id),
        Time<Stamped<Incident>>("UpdatedAt", static r => r.Time),
        Time<Stamped<Incident>>("StartedAt", static r => r.Row.StartedAt),
        Time<Stamped<Incident>>("DetectedAt", static r => r.Row.DetectedAt),
        Time<Stamped<Incident>>("EndedAt", static r => r.Row.EndedAt ?? None),
        Bool<Stamped<Incident>>("IsOpen", static r => r.Row.EndedAt is null),
        Text<Stamped<Incident>>("Headline", static r => r.Row.Headline),
        Low<Stamped<Incident>>("CauseService", static r => r.Row.Cause?.Subject.Service ?? ""),
        Low<Stamped<Incident>>("CauseVersion", static r => r.Row.Cause?.Subject.Version ?? ""),
        Text<Stamped<Incident>>("CauseInstance", static r => r.Row.Cause?.Subject.Instance ?? ""),
        Lows<Stamped<Incident>>("Services", static r => [.. r.Row.Findings.Select(f => f.Subject.Service).Distinct()]),
        Texts<Stamped<Incident>>("DecisionIds", static r => [.. r.Row.DecisionIds]),
        Text<Stamped<Incident>>("Record", static r => JsonSerializer.Serialize(r.Row, RecordJson.Default.Incident)),
    ]);

    private static readonly Block<IReadOnlyList<Stamped<Decision>>> DecisionBlock = new("mesh_decisions", static r => r.Count,
    [
        Text<Stamped<Decision>>("Id", static r => r.Row.Id),
        Time<Stamped<Decision>>("UpdatedAt", static r => r.Time),
        Time<Stamped<Decision>>("At", static r => r.Row.At),
        Low<Stamped<Decision>>("Kind", static r => r.Row.Kind.ToString()),
        Text<Stamped<Decision>>("Target", static r => r.Row.Target),
        Low<Stamped<Decision>>("By", static r => r.Row.By),
        Text<Stamped<Decision>>("Reason", static r => r.Row.Reason),
        Text<Stamped<Decision>>("Method", static r => r.Row.Method),
        Number<Stamped<Decision>, long>("AppliedVersion", "Int64", static r => r.Row.AppliedVersion),
        Bool<Stamped<Decision>>("IsConfirmed", static r => r.Row.ConfirmedAt is not null),
        Text<Stamped<Decision>>("Record", static r => JsonSerializer.Serialize(r.Row, RecordJson.Default.Decision)),
    ]);

    private static readonly Block<IReadOnlyList<Stamped<Revision>>> RevisionBlock = new("mesh_revisions", static r => r.Count,
    [
        Text<Stamped<Revision>>("Epoch", static r => r.Row.Epoch),
        Number<Stamped<Revision>, long>("Version", "Int64", static r => r.Row.Version),
        Time<Stamped<Revision>>("UpdatedAt", static r => r.Time),
        Time<Stamped<Revision>>("At", static r => r.Row.At),
        Low<Stamped<Revision>>("By", static r => r.Row.By),
        Text<Stamped<Revision>>("Change", static r => r.Row.Change),
        Text<Stamped<Revision>>("Record", static r => r.Row.Record),
    ]);

    public static TableInsert Findings(IEnumerable<Finding> rows, DateTimeOffset now) => FindingBlock.Insert(Stamp(rows, now));

    public static TableInsert Incidents(IEnumerable<Incident> rows, DateTimeOffset now) => IncidentBlock.Insert(Stamp(rows, now));

    public static TableInsert Decisions(IEnumerable<Decision> rows, DateTimeOffset now) => DecisionBlock.Insert(Stamp(rows, now));

    public static TableInsert Revisions(IEnumerable<Revision> rows, DateTimeOffset now) => RevisionBlock.Insert(Stamp(rows, now));

    private static List<Stamped<T>> Stamp<T>(IEnumerable<T> rows, DateTimeOffset now) => [.. rows.Select(row => new Stamped<T>(row, now))];

    private readonly record struct Stamped<T>(T Row, DateTimeOffset Time);
}

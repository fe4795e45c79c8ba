using System.Text.Json;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Storage.Queries;
using MeshInsight.Storage.Records;
using MeshInsight.Testing;

namespace MeshInsight.Storage.Tests.Queries;

[Collection(UsesClickHouse.Name)]
public sealed class HistoryTests(ClickHouse clickHouse)
{
    private static readonly DateTimeOffset Start = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeWindow Day = new(Start.AddHours(-1), Start.AddHours(23));

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Incident_OpenThenEnded_LatestStateWins()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, _clock);
        var history = new TelemetryQueries(client).History;
        var open = NewIncident("i-1", null);
        await store.InsertIncidentsAsync([open, NewIncident("i-2", Start.AddMinutes(1))]);

        var found = Assert.Single(await history.IncidentsAsync(Day, openOnly: true));
        Assert.Equal(JsonSerializer.Serialize(open), JsonSerializer.Serialize(found));

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await store.InsertIncidentsAsync([open with { EndedAt = Start.AddMinutes(5), Headline = "over" }]);

        Assert.Empty(await history.IncidentsAsync(Day, openOnly: true));
        Assert.Equal(2, (await history.IncidentsAsync(Day)).Count);
        Assert.Equal("over", (await history.IncidentAsync("i-1"))!.Headline);
        Assert.Null(await history.IncidentAsync("i-3"));
        Assert.Empty(await history.IncidentsAsync(new(Start.AddDays(-9), Start.AddDays(-8))));
    }

    [Fact]
    public async Task Findings_OfAWindow_ComeBackWhole()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var finding = NewFinding("f-1");
        await new TelemetryStore(client, _clock).InsertFindingsAsync([finding, finding with { Id = "f-2", Since = Start.AddDays(2) }]);

        var found = Assert.Single(await new TelemetryQueries(client).History.FindingsAsync(Day));

        Assert.Equal(JsonSerializer.Serialize(finding), JsonSerializer.Serialize(found));
    }

    [Fact]
    public async Task Decisions_ByTargetAndId_NewestFirst()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, _clock);
        var history = new TelemetryQueries(client).History;
        await store.InsertDecisionsAsync([NewDecision("d-1", 0), NewDecision("d-2", 1), NewDecision("d-3", 2) with { Target = "other" }]);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await store.InsertDecisionsAsync([NewDecision("d-1", 0) with { ConfirmedAt = Start.AddMinutes(9) }]);

        var checkout = await history.DecisionsAsync(Day, "checkout-v2");

        Assert.Equal(["d-2", "d-1"], checkout.Select(d => d.Id));
        Assert.Equal(Start.AddMinutes(9), checkout[1].ConfirmedAt);
        Assert.Equal("{\"eValue\":120.5}", checkout[1].Evidence);
        Assert.Equal(["d-1", "d-3"], (await history.DecisionsAsync(["d-3", "d-1", "d-9'"])).Select(d => d.Id));
    }

    [Fact]
    public async Task Revisions_SameVersionTwice_OneRow()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var store = new TelemetryStore(client, _clock);
        var revision = new Revision("epoch", 4, Start, "person", "checkout-v2: 10 %", "{\"a\":1}");
        await store.InsertRevisionsAsync([revision]);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await store.InsertRevisionsAsync([revision, revision with { Version = 5, At = Start.AddMinutes(1) }]);

        var found = await new TelemetryQueries(client).History.RevisionsAsync();

        Assert.Equal([5, 4], found.Select(r => r.Version));
        Assert.Equal(revision, found[1]);
    }

    private static Incident NewIncident(string id, DateTimeOffset? ended) => new(
        id,
        "checkout v2 fails",
        Start,
        Start.AddSeconds(3),
        ended,
        new(new(SubjectScope.Version, "checkout", "v2"), 0.9, ["20 % of 100 requests failed"]),
        [NewFinding("f-1")],
        ["d-1"],
        [new(Start, IncidentEventKind.Fault, "first failed request"), new(Start.AddSeconds(3), IncidentEventKind.Detected, "it's \"seen\"\n")]);

    private static Finding NewFinding(string id) => new(
        id,
        SignalKind.Errors,
        new(SubjectScope.Edge, "cart", "v1", "", "checkout"),
        true,
        Start,
        Start.AddSeconds(2),
        0.97,
        0.2,
        0.001,
        "cart → checkout fails",
        [new(new(SubjectScope.Instance, "checkout", "v2", "checkout-2"), 0.8, ["it alone fails", "since 12:00:00"])],
        "0123456789abcdef0123456789abcdef");

    private static Decision NewDecision(string id, int minute) => new(
        id, Start.AddMinutes(minute), DecisionKind.RollBack, "checkout-v2", "mesh", "harm proven", "{\"eValue\":120.5}", "conditional e-process", 0.01, "meshinsight rollout resume", 7, null);
}

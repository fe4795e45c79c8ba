using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Pages;

public partial class IncidentPage
{
    private Live<IReadOnlyList<Incident>> _incidents = null!;
    private Live<IReadOnlyList<Decision>> _decisions = null!;
    private Live<TopologyNow> _now = null!;
    private Live<IReadOnlyList<RedPoint>>? _cause;
    private Live<IReadOnlyList<TraceSummary>>? _failing;
    private Live<IReadOnlyList<TraceSummary>>? _normal;
    private string _watched = "";

    [Parameter]
    public string Id { get; set; } = "";

    private Incident? Current => _incidents.Value?.FirstOrDefault(i => i.Id == Id);

    private IReadOnlyList<SuspectedCause> Causes => Current is { } incident ? IncidentCauses.Ranked(incident) : [];

    private SuspectedCause? Suspect => Causes.Count > 0 ? Causes[0] : null;

    private IReadOnlyList<Decision> Decisions => [.. (_decisions.Value ?? []).Where(d => Current?.DecisionIds.Contains(d.Id) == true).OrderByDescending(d => d.At)];

    private string FailingTrace => Current?.Findings.Select(f => f.ExampleTraceId).FirstOrDefault(t => t.Length > 0) ?? (_failing?.Value is [var found, ..] ? found.TraceId : "");

    private string NormalTrace => _normal?.Value?.FirstOrDefault(t => t.Errors == 0)?.TraceId ?? "";

    private TopologyGraph? Blast => Current is { } incident && _now.Value is { } now
        ? BlastRadius.Of(incident, now, MeshData.NowLength) : null;

    private TimeWindow StoryWindow => StoryCharts.Window(Current!, Now);

    protected override void Watch()
    {
        _incidents = Use(Data.Incidents);
        _decisions = Use(Data.Decisions);
        _now = Use(Data.Now);
        (_cause, _failing, _normal, _watched) = (null, null, null, "");
        if (Suspect is { } suspect)
        {
            _watched = Id + suspect.Subject;
            string service = suspect.Subject.Scope == SubjectScope.Edge ? suspect.Subject.Peer : suspect.Subject.Service;
            _cause = Use(Data.SeriesOf(Id, () => StoryWindow, service, suspect.Subject.Version, suspect.Subject.Instance));
            var window = StoryWindow;
            // Of this incident: what failed before it, failed for another reason.
            _failing = Use(Data.TracesOf(Id, new TraceQuery(window with { From = Current!.StartedAt }, service, OnlyErrors: true, Limit: 1)));
            _normal = Use(Data.TracesOf(Id + "/normal", new TraceQuery(window with { To = Current!.StartedAt, From = Current.StartedAt.AddMinutes(-15) }, service, Limit: 20)));
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // Which series tell the story is known once the cause is.
        if (Suspect is { } suspect && _watched != Id + suspect.Subject)
        {
            await WatchAgainAsync();
        }
    }
}

using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Pages;

public partial class Overview
{
    private Live<IReadOnlyList<Incident>> _incidents = null!;
    private Live<IReadOnlyList<RolloutStatus>> _rollouts = null!;
    private Live<IReadOnlyList<Decision>> _decisions = null!;
    private Live<TopologyNow> _now = null!;
    private Live<IReadOnlyList<RedPoint>>? _series;
    private string _entries = "";

    private TimeWindow Window => Data.Last(View.Range, MeshData.StepFor(View.Range));

    private IReadOnlyList<ChartMark> Marks => ChangeMarks.Of(_decisions.Value ?? []);

    private IReadOnlyList<Incident> Open => [.. (_incidents.Value ?? []).Where(i => i.EndedAt is null).OrderByDescending(i => i.StartedAt)];

    private Incident? LastIncident => _incidents.Value?.Where(i => i.EndedAt is not null).MaxBy(i => i.EndedAt);

    private IReadOnlyList<RolloutStatus> UnderWay => [.. (_rollouts.Value ?? []).Where(RolloutStory.IsUnderWay)];

    private IReadOnlyList<RolloutStatus> Shown => UnderWay.Count > 0 ? UnderWay : [.. (_rollouts.Value ?? []).OrderByDescending(r => r.PhaseSince).Take(2)];

    private bool IsAsked => _incidents.State is { HasValue: false, FailingSince: null } && _now.State is { HasValue: false, FailingSince: null };

    private OverviewStory Story => IsAsked ? OverviewStory.Asked : OverviewStory.Of(
        Now, _incidents.Value, _rollouts.Value, _now.Value is { } now ? EntryServices.Traffic(now.Edges) : null, MeshData.NowLength);

    protected override void Watch()
    {
        _incidents = Use(Data.Incidents);
        _rollouts = Use(Data.Rollouts);
        _decisions = Use(Data.Decisions);
        _now = Use(Data.Now);
        WatchSeries();
    }

    protected override bool ShouldRender()
    {
        // Which services are entries is known only with the edges; until then the series would count every hop.
        if (_now.HasValue && _entries != Entries())
        {
            WatchSeries();
        }

        return true;
    }

    private string Entries() => string.Join(',', EntryServices.Of(_now.Value?.Edges ?? []));

    private void WatchSeries()
    {
        _series = null;
        if (_now.HasValue)
        {
            _entries = Entries();
            _series = Use(Data.Series(View.Range, _entries.Length == 0 ? [] : _entries.Split(',')));
        }
    }
}

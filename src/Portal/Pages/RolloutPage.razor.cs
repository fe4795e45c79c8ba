using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Pages;

public partial class RolloutPage
{
    private Live<IReadOnlyList<RolloutStatus>> _rollouts = null!;
    private Live<IReadOnlyList<Decision>> _decisions = null!;
    private Live<IReadOnlyList<RedPoint>>? _stable;
    private Live<IReadOnlyList<RedPoint>>? _canary;
    private string _service = "";

    [Parameter]
    public string Name { get; set; } = "";

    private RolloutStatus? Current => _rollouts.Value?.FirstOrDefault(r => r.Config.Name == Name);

    private IReadOnlyList<Decision> Decisions => [.. (_decisions.Value ?? []).Where(d => d.Target == Name).OrderByDescending(d => d.At)];

    private IReadOnlyList<ChartMark> Marks => ChangeMarks.Of(Decisions);

    private TimeWindow Window => StoryCharts.Window(Current!, Now.AddSeconds(-2));

    protected override void Watch()
    {
        _rollouts = Use(Data.Rollouts);
        _decisions = Use(Data.Decisions);
        var config = Current?.Config;
        _service = config?.Service ?? "";
        if (config is not null)
        {
            _stable = Use(Data.SeriesOf(Name, () => Window, config.Service, config.Stable, ""));
            _canary = Use(Data.SeriesOf(Name, () => Window, config.Service, config.Canary, ""));
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The control plane may answer only after the page opened; which series to show is known then.
        if (Current is { } rollout && rollout.Config.Service != _service)
        {
            await WatchAgainAsync();
        }
    }
}

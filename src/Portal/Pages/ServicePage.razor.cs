using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Pages;

public partial class ServicePage
{
    private Live<TopologyNow> _now = null!;
    private Live<IReadOnlyList<RedPoint>> _series = null!;
    private Live<IReadOnlyList<NamedRed>> _operations = null!;
    private Live<IReadOnlyList<NamedRed>> _reds = null!;
    private Live<IReadOnlyList<MeshInstance>> _instances = null!;
    private Live<IReadOnlyList<MeshService>> _services = null!;
    private Live<IReadOnlyList<RolloutStatus>> _rollouts = null!;
    private Live<IReadOnlyList<Decision>> _decisions = null!;
    private Live<ControlStatus> _status = null!;
    private string _watched = "";

    [Parameter]
    public string Name { get; set; } = "";

    private TimeWindow Window => Data.Last(View.Range, MeshData.StepFor(View.Range));

    private IReadOnlyList<ChartMark> Marks
    {
        get
        {
            var own = (_rollouts.Value ?? []).Where(r => r.Config.Service == Name).Select(r => r.Config.Name).ToHashSet();
            return ChangeMarks.Of((_decisions.Value ?? []).Where(d => own.Contains(d.Target) || d.Target.StartsWith(Name + "/", StringComparison.Ordinal)));
        }
    }

    protected override void Watch()
    {
        _watched = Name;
        _now = Use(Data.Now);
        _series = Use(Data.Series(View.Range, [Name]));
        _operations = Use(Data.Operations(View.Range, Name));
        _reds = Use(Data.InstancesOf(Name));
        _instances = Use(Data.Instances);
        _services = Use(Data.Services);
        _rollouts = Use(Data.Rollouts);
        _decisions = Use(Data.Decisions);
        _status = Use(Data.Status);
    }

    protected override Task OnParametersSetAsync() => _watched.Length == 0 || _watched == Name ? Task.CompletedTask : WatchAgainAsync();

    private string Sentence(Red red, Condition condition) => red.Requests == 0
        ? $"{Name}: no request in the last {Figures.Length(MeshData.NowLength)}, so nothing can be said about its health."
        : $"{Name} is {MeshHealth.Word(condition)}: {Figures.Rate(red.Requests / MeshData.NowLength.TotalSeconds)}, {Figures.Share(red.ErrorShare)} failed, p99 {Figures.Millis(red.P99Millis)}.";
}

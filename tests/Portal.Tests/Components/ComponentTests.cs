using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.Tests.Demo;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.Portal.Tests.Components;

public class ComponentTests
{
    [Fact]
    public async Task StatusMark_EveryCondition_HasItsOwnShapeAndWord()
    {
        var shapes = new HashSet<string>();
        foreach (var condition in Enum.GetValues<Condition>())
        {
            var svg = (await RenderAsync<StatusMark>((nameof(StatusMark.Condition), condition))).QuerySelector("svg")!;
            Assert.Equal(MeshHealth.Word(condition), svg.GetAttribute("aria-label"));
            shapes.Add(svg.Children[1].OuterHtml);
        }

        Assert.Equal(4, shapes.Count);
    }

    [Fact]
    public async Task EvidenceBar_HarmProven_SaysSoAndPutsTheNeedlePastTheBound()
    {
        var page = await RenderAsync<EvidenceBar>((nameof(EvidenceBar.Scale), new EvidenceScale(new EvidenceMeter("errors", 318, 200, 1.1))));
        Assert.Contains("harm proven: at most 1 in 200", page.QuerySelector(".words")!.TextContent, StringComparison.Ordinal);
        Assert.True(Left(".needle") > Left(".bound"));

        double Left(string part) => double.Parse(
            page.QuerySelector(part)!.GetAttribute("style")!.Replace("left:", "", StringComparison.Ordinal).TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task TimeBand_StageThatIsNotReached_SaysNotYet()
    {
        var mesh = new DemoMesh(new DateTimeOffset(2026, 3, 1, 2, 30, 0, TimeSpan.Zero));
        var page = await RenderAsync<TimeBand>(
            (nameof(TimeBand.Stages), IncidentBand.Of(DemoRecords.Incident(mesh, "t"))), (nameof(TimeBand.Now), mesh.Now), (nameof(TimeBand.IsOver), false));
        var last = page.QuerySelectorAll("li")[^1];
        Assert.Contains("waiting", last.ClassName, StringComparison.Ordinal);
        Assert.Contains("not yet", last.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecisionLog_Empty_TeachesWhatWouldAppear() =>
        Assert.Contains("Nothing has been decided yet", (await RenderAsync<DecisionLog>((nameof(DecisionLog.Decisions), Array.Empty<Decision>()))).Body!.TextContent, StringComparison.Ordinal);

    [Fact]
    public async Task TimeSplitBar_OfTwoVersions_ShowsTheMeanOfBothInOrder()
    {
        var slices = TimeSplit.Of(
        [
            new(30, new(0.1, 0.2), new(0.3, 0.9), new(0.1, 0.3), new(3.5, 9)),
            new(10, new(0.5, 0.6), new(0.3, 0.8), new(0.1, 0.3), new(7.5, 20)),
            TimeParts.None,
        ]);
        var page = await RenderAsync<TimeSplitBar>((nameof(TimeSplitBar.Slices), slices));

        Assert.Equal(["caller's sidecar", "network", "callee's sidecar", "app"], page.QuerySelectorAll("td:first-child").Select(c => c.TextContent));
        Assert.Equal([0.2, 0.3, 0.1, 4.5], slices.Select(s => Math.Round(s.Millis, 6)));
        Assert.Equal([0.6, 0.9, 0.3, 20], slices.Select(s => s.P99Millis));
        Assert.Equal(1, slices.Sum(s => s.Share), 1e-9);
        Assert.Equal(4, page.QuerySelectorAll(".split i").Length);
        Assert.Contains("app 4.5", page.QuerySelector(".split")!.GetAttribute("aria-label"), StringComparison.Ordinal);
    }

    private static async Task<IDocument> RenderAsync<T>(params (string Name, object? Value)[] parameters)
        where T : IComponent
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        string html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters.ToDictionary(p => p.Name, p => p.Value)))).ToHtmlString());
        return new HtmlParser().ParseDocument(html);
    }
}

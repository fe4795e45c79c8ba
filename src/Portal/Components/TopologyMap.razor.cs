using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace MeshInsight.Portal.Components;

/// <summary>The living graph. Markup and figures come from here; pan, zoom and the flowing dots are the browser's own (js/topology.js), without round trips.</summary>
public partial class TopologyMap
{
    private const double BarWidth = 184;

    private ElementReference _root;
    private IJSObjectReference? _module;
    private IJSObjectReference? _attached;
    private IReadOnlySet<string>? _reach;

    [Parameter, EditorRequired]
    public TopologyGraph Graph { get; set; } = null!;

    /// <summary>Name of the chosen node; what is neither upstream nor downstream of it is dimmed.</summary>
    [Parameter]
    public string? Selected { get; set; }

    /// <summary>Key of the chosen edge.</summary>
    [Parameter]
    public string? SelectedEdge { get; set; }

    /// <summary>Pixels; 0: as tall as the page allows.</summary>
    [Parameter]
    public int Height { get; set; }

    /// <summary>A picture inside another page: it cannot be zoomed.</summary>
    [Parameter]
    public bool Small { get; set; }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            if (_attached is not null)
            {
                await _attached.InvokeVoidAsync("dispose");
                await _attached.DisposeAsync();
            }

            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and everything that was attached to it.
            _module = null;
        }
    }

    protected override void OnParametersSet()
    {
        string[] ends = SelectedEdge?.Split('~') ?? [];
        _reach = Selected is not null ? Graph.Reach(Selected) : ends.Length == 2 ? ends.ToHashSet() : null;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _module = await Script.InvokeAsync<IJSObjectReference>("import", "/js/topology.js");
            _attached = await _module.InvokeAsync<IJSObjectReference>("attach", _root, !Small);
        }
    }

    private bool IsDim(TopologyNode node) => _reach is not null && !_reach.Contains(node.Name);

    private bool IsDim(TopologyEdge edge) => _reach is not null
        && (SelectedEdge is not null ? edge.Key != SelectedEdge : !(_reach.Contains(edge.Source) && _reach.Contains(edge.Destination)));

    private static string NodeLink(TopologyNode node) => $"topology?node={Uri.EscapeDataString(node.Label)}";

    private static string EdgeLink(TopologyEdge edge) => $"topology?edge={Uri.EscapeDataString(edge.Key)}";

    private static string NodeLabel(TopologyNode node) => $"{node.Label}: {MeshHealth.Word(node.Condition)}, {Figures.Rate(node.RatePerSecond)}";

    private static string Short(string name) => name.Length > 14 ? name[..13] + "…" : name;

    private static string VersionText(VersionShare version) => version.Condition is Condition.Degraded or Condition.Failing
        ? $"{version.Version}: {Figures.Share(version.Red.ErrorShare)} failed"
        : $"{version.Version} {Figures.Share(version.Share)}";

    private static string Nth(TopologyNode node, VersionShare part) =>
        part.Condition is Condition.Degraded or Condition.Failing ? "" : node.Versions.Count > 1 && node.Versions[^1] == part ? "second" : "first";

    private static IEnumerable<(VersionShare Part, double From, double Width)> Bars(TopologyNode node)
    {
        double from = 0;
        foreach (var part in node.Versions.Where(v => v.Share > 0))
        {
            double width = Math.Max(3, (BarWidth * part.Share) - 1);
            yield return (part, Math.Min(from, BarWidth - width), width);
            from += width + 1;
        }
    }

    private static string EdgeTip(TopologyEdge edge)
    {
        var lines = new List<string> { edge.Label, $"{Figures.Rate(edge.RatePerSecond)}, {Figures.Share(edge.Red.ErrorShare)} failed" };
        if (edge.Client.Requests > 0)
        {
            lines.Add($"caller saw p50 {Figures.Millis(edge.Client.P50Millis)}, p99 {Figures.Millis(edge.Client.P99Millis)}");
        }

        if (edge.Server.Requests > 0)
        {
            lines.Add($"callee saw p50 {Figures.Millis(edge.Server.P50Millis)}, p99 {Figures.Millis(edge.Server.P99Millis)}");
        }

        return string.Join('\n', lines);
    }

    private static RenderFragment Shape(Condition condition) => builder =>
    {
        builder.OpenComponent<StatusMark>(0);
        builder.AddComponentParameter(1, nameof(StatusMark.Condition), condition);
        builder.AddComponentParameter(2, nameof(StatusMark.Size), 12);
        builder.CloseComponent();
    };
}

using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Pages;

public partial class Topology
{
    private Live<TopologyNow> _now = null!;
    private Live<IReadOnlyList<RatePoint>> _rates = null!;

    [Inject]
    internal TopologyMemory Memory { get; set; } = null!;

    [SupplyParameterFromQuery]
    private string? Node { get; set; }

    [SupplyParameterFromQuery]
    private string? Edge { get; set; }

    private string? SelectedNode => Node == TopologyGraph.Label("") ? "" : Node;

    private bool HasPanel => Node is not null || Edge is not null;

    private TopologyGraph? Graph
    {
        get
        {
            if (_now.Value is not { } now)
            {
                return null;
            }

            var layout = Memory.See(now.Versions.Select(v => v.Service), now.Edges.Select(e => (e.Source, e.Destination)));
            return TopologyGraph.Of(layout, now.Edges, now.Versions, _rates.Value ?? [], MeshData.NowLength);
        }
    }

    protected override void Watch()
    {
        _now = Use(Data.Now);
        _rates = Use(Data.Rates);
    }

    private static TopologyEdge? Find(TopologyGraph graph, string? key) => graph.Edges.FirstOrDefault(e => e.Key == key);
}

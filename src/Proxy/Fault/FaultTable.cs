using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Fault;

/// <summary>The faults that one caller's sidecar injects, by the service that is called. Immutable but for the counts.</summary>
internal sealed class FaultTable
{
    private readonly Dictionary<string, CompiledFault[]> _byService;

    public FaultTable(IReadOnlyList<FaultConfig> faults, FaultTable? previous)
    {
        All = [.. faults.Select(f => new CompiledFault(f, previous?.All.FirstOrDefault(p => p.Config.Name == f.Name)?.Counts ?? new()))];
        _byService = All.SelectMany(f => f.Config.Services, (f, service) => (Fault: f, Service: service))
            .GroupBy(f => f.Service, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.Select(f => f.Fault).ToArray(), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>In the order of declaration.</summary>
    public IReadOnlyList<CompiledFault> All { get; }

    /// <returns>The first that matches; null when none does.</returns>
    public CompiledFault? Find(string service, in RequestHead head)
    {
        if (_byService.TryGetValue(service, out var faults))
        {
            foreach (var fault in faults)
            {
                if (fault.Matches(head))
                {
                    return fault;
                }
            }
        }

        return null;
    }
}

using MeshInsight.Findings.V1;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>Turns the windows of all collectors into counters per version and per instance. Not thread-safe; the inbox owns it.</summary>
internal sealed class WindowBook
{
    /// <summary>More versions or instances than this are a mistake of names; further ones are left out and counted.</summary>
    private const int MaxKeys = 10_000;

    private readonly Dictionary<(string Service, string Version), ArmCounter> _arms = [];
    private readonly Dictionary<string, InstanceHealth> _instances = [];
    private readonly Dictionary<string, HashSet<string>> _callees = [];

    /// <summary>Windows left out because there were too many names.</summary>
    public long LeftOut { get; private set; }

    public IEnumerable<InstanceHealth> Instances => _instances.Values;

    public void Add(CollectorReport report, DateTimeOffset now)
    {
        foreach (var window in report.Services)
        {
            AddService(window, now);
        }

        foreach (var edge in report.Edges)
        {
            AddEdge(edge);
        }
    }

    public ArmWindow Take(string service, string version) =>
        _arms.TryGetValue((service, version), out var arm) ? arm.Take() : ArmWindow.Empty;

    /// <summary>Forgets what came before, so that a rollout is judged on its own time only.</summary>
    public void Forget(string service, string version) => _arms.Remove((service, version));

    public IReadOnlyCollection<string> CalleesOf(string service) => _callees.TryGetValue(service, out var callees) ? callees : [];

    /// <summary>Drops instances that were silent for as long as they are remembered.</summary>
    public void Age(DateTimeOffset now)
    {
        foreach (var (id, instance) in _instances.ToList())
        {
            instance.Age(now);
            if (instance.IsEmpty)
            {
                _instances.Remove(id);
            }
        }
    }

    private void AddService(ServiceWindow window, DateTimeOffset now)
    {
        if (Arm(window.Service, window.Version) is not { } arm)
        {
            return;
        }

        arm.AddServer((long)window.Requests, (long)window.Errors, window.LatencyBucket, window.LatencyCount);
        if (window.Instance.Length == 0)
        {
            return;
        }

        if (!_instances.TryGetValue(window.Instance, out var instance))
        {
            if (_instances.Count >= MaxKeys)
            {
                LeftOut++;
                return;
            }

            _instances[window.Instance] = instance = new InstanceHealth(window.Service, window.Version, window.Instance);
        }

        instance.Add(now, (long)window.Requests, (long)window.Errors, window.LatencyBucket, window.LatencyCount);
    }

    private void AddEdge(EdgeWindow edge)
    {
        // A version that no connection reached has no name: nobody's errors.
        if (edge.DestinationVersion.Length > 0)
        {
            Arm(edge.DestinationService, edge.DestinationVersion)?.AddClient((long)edge.Requests, (long)edge.Errors);
        }

        Arm(edge.SourceService, edge.SourceVersion)?.AddExplained(edge.DestinationService, (long)edge.SourceErrorsExplained);
        if (!_callees.TryGetValue(edge.SourceService, out var callees))
        {
            if (_callees.Count >= MaxKeys)
            {
                LeftOut++;
                return;
            }

            _callees[edge.SourceService] = callees = [];
        }

        if (callees.Count < MaxKeys)
        {
            callees.Add(edge.DestinationService);
        }
    }

    private ArmCounter? Arm(string service, string version)
    {
        if (_arms.TryGetValue((service, version), out var arm))
        {
            return arm;
        }

        if (_arms.Count >= MaxKeys)
        {
            LeftOut++;
            return null;
        }

        return _arms[(service, version)] = new ArmCounter();
    }
}

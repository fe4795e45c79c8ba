using MeshInsight.Cli.Platform;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Cli.Demo;

/// <summary>One thing that happened.</summary>
internal sealed record DemoEvent(DateTimeOffset At, string Kind, string Text);

/// <summary>Everything a view shows. Written by the run, read by the view; one lock.</summary>
internal sealed class DemoState(Scenario scenario, Uri portal, StartProgress progress, TimeProvider clock)
{
    private const int KeptEvents = 200;

    private readonly Lock _lock = new();
    private readonly List<DemoEvent> _events = [];
    private Observation _observation = new(TimeSpan.Zero, null, [], []);
    private IReadOnlyList<TopologyNode> _nodes = [];
    private LoadLine _second = LoadLine.Nothing;
    private LoadLine _total = LoadLine.Nothing;

    public Scenario Scenario { get; } = scenario;

    public Uri Portal { get; } = portal;

    public StartProgress Progress { get; } = progress;

    /// <summary>Told of every event, in order.</summary>
    public Action<DemoEvent>? Happened { get; set; }

    public Observation Observation
    {
        get => Locked(() => _observation);
        set => Locked(() => _observation = value);
    }

    /// <summary>Rate, errors and duration by service and version over the last ten seconds.</summary>
    public IReadOnlyList<TopologyNode> Nodes
    {
        get => Locked(() => _nodes);
        set => Locked(() => _nodes = value);
    }

    public LoadLine LoadSecond => Locked(() => _second);

    public LoadLine LoadTotal => Locked(() => _total);

    public IReadOnlyList<DemoEvent> Events => Locked(() => (IReadOnlyList<DemoEvent>)[.. _events]);

    public void Add(LoadLine line) => Locked(() =>
    {
        // The generator's own total is the last word; until it comes the seconds add up.
        _total = line.Kind == "total" ? line : _total.Plus(line);
        return _second = line.Kind == "total" ? _second : line;
    });

    public void Add(string kind, string text)
    {
        var happened = new DemoEvent(clock.GetLocalNow(), kind, text);
        lock (_lock)
        {
            _events.Add(happened);
            if (_events.Count > KeptEvents)
            {
                _events.RemoveAt(0);
            }

            Happened?.Invoke(happened);
        }
    }

    private T Locked<T>(Func<T> action)
    {
        lock (_lock)
        {
            return action();
        }
    }
}

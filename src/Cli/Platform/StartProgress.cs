namespace MeshInsight.Cli.Platform;

internal enum StartPhase
{
    Waiting,
    Starting,
    Ready,
    Failed,
}

/// <summary>How far each component has come. Thread-safe; the views read it, the start writes it.</summary>
internal sealed class StartProgress(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly List<Component> _components = [];
    private readonly long _since = clock.GetTimestamp();

    /// <summary>One line per component, in order of their adding.</summary>
    public sealed record Component(string Name, StartPhase Phase, TimeSpan At);

    /// <summary>Told of every change, outside the lock.</summary>
    public Action<Component>? Changed { get; set; }

    public TimeSpan Elapsed => clock.GetElapsedTime(_since);

    public IReadOnlyList<Component> Components
    {
        get
        {
            lock (_lock)
            {
                return [.. _components];
            }
        }
    }

    public void Set(string name, StartPhase phase)
    {
        var component = new Component(name, phase, Elapsed);
        lock (_lock)
        {
            int index = _components.FindIndex(known => known.Name == name);
            if (index < 0)
            {
                _components.Add(component);
            }
            else
            {
                _components[index] = component;
            }
        }

        Changed?.Invoke(component);
    }
}

using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Registry;

/// <summary>
/// The sidecars that are alive. A lease is renewed by every message; an instance that says goodbye leaves at once, one that falls silent when its lease ends.
/// What was known is kept on disk: after a restart those instances stay endpoints for a grace period, so that the first sidecar to come back is not told that all others are gone.
/// Thread-safe: one lock around every change; readers take an immutable list.
/// </summary>
internal sealed class InstanceRegistry
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (InstanceState State, long Owner)> _instances = [];
    private readonly string _path;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _clock;
    private volatile IReadOnlyList<InstanceState> _list = [];
    private long _lastOwner;
    private bool _isUnsaved;

    /// <param name="grace">How long instances known from disk stay without being heard; at least the lease.</param>
    public InstanceRegistry(string dataDirectory, TimeSpan lease, TimeSpan grace, TimeProvider clock)
    {
        _path = Path.Combine(dataDirectory, "registry.json");
        _lease = lease;
        _clock = clock;
        if (AtomicFile.TryReadText(_path) is { } text)
        {
            HasHistory = true;
            var expiry = clock.GetUtcNow() + (grace > lease ? grace : lease);
            foreach (var known in Json.Read<List<InstanceState>>(text))
            {
                _instances[known.InstanceId] = (known with { ExpiresAt = expiry, IsConnected = false }, 0);
            }

            _list = [.. _instances.Values.Select(i => i.State)];
        }
    }

    /// <summary>Raised when an endpoint came, went or changed; not for mere renewals. On the thread that caused it, outside the lock.</summary>
    public event Action? Changed;

    /// <summary>False on a first start, and when the data directory was lost.</summary>
    public bool HasHistory { get; }

    public TimeSpan Lease => _lease;

    public IReadOnlyList<InstanceState> Instances => _list;

    /// <summary>A number for one stream, so that the end of an old stream does not touch what a newer one of the same instance says.</summary>
    public long NewOwner() => Interlocked.Increment(ref _lastOwner);

    /// <summary>The instance was heard on its stream. Adds it, takes it over from an older stream, or renews its lease.</summary>
    /// <param name="ready">Null keeps what was known, and is "not ready" for an instance never seen.</param>
    /// <returns>False when a newer stream of the same instance has taken over.</returns>
    public bool Renew(InstanceState said, long owner, bool? ready)
    {
        bool changed;
        lock (_lock)
        {
            bool isKnown = _instances.TryGetValue(said.InstanceId, out var known);
            if (isKnown && known.Owner > owner)
            {
                return false;
            }

            var now = _clock.GetUtcNow();
            bool isReady = ready ?? (isKnown && known.State.IsReady);
            var next = said with { IsReady = isReady, LastSeen = now, ExpiresAt = now + _lease, IsConnected = true };
            _instances[said.InstanceId] = (next, owner);
            changed = !isKnown || !IsSame(known.State, next);
            RefreshLocked(changed);
        }

        Raise(changed);
        return true;
    }

    /// <summary>The stream broke without a goodbye: the lease decides.</summary>
    public void Disconnect(string instanceId, long owner)
    {
        lock (_lock)
        {
            if (_instances.TryGetValue(instanceId, out var known) && known.Owner == owner)
            {
                _instances[instanceId] = (known.State with { IsConnected = false }, owner);
                RefreshLocked(changed: false);
            }
        }
    }

    /// <summary>The instance drains: it leaves now.</summary>
    public void Remove(string instanceId, long owner)
    {
        bool changed;
        lock (_lock)
        {
            changed = _instances.TryGetValue(instanceId, out var known) && known.Owner == owner && _instances.Remove(instanceId);
            RefreshLocked(changed);
        }

        Raise(changed);
    }

    /// <summary>Drops instances whose lease has ended.</summary>
    /// <returns>Those dropped.</returns>
    public IReadOnlyList<InstanceState> Expire()
    {
        List<InstanceState> gone;
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            gone = [.. _instances.Values.Select(i => i.State).Where(i => i.ExpiresAt <= now)];
            foreach (var instance in gone)
            {
                _instances.Remove(instance.InstanceId);
            }

            RefreshLocked(gone.Count > 0);
        }

        Raise(gone.Count > 0);
        return gone;
    }

    /// <summary>Writes what changed since the last call.</summary>
    public void Save()
    {
        List<InstanceState>? states = null;
        lock (_lock)
        {
            if (_isUnsaved)
            {
                _isUnsaved = false;
                states = [.. _instances.Values.Select(i => i.State)];
            }
        }

        if (states is not null)
        {
            AtomicFile.WriteText(_path, Json.Write(states));
        }
    }

    private static bool IsSame(InstanceState a, InstanceState b) =>
        a with { LastSeen = default, ExpiresAt = default, IsConnected = false } == b with { LastSeen = default, ExpiresAt = default, IsConnected = false };

    private void RefreshLocked(bool changed)
    {
        _isUnsaved |= changed;
        _list = [.. _instances.Values.Select(i => i.State).OrderBy(i => i.Service, StringComparer.Ordinal).ThenBy(i => i.InstanceId, StringComparer.Ordinal)];
    }

    private void Raise(bool changed)
    {
        if (changed)
        {
            Changed?.Invoke();
        }
    }
}

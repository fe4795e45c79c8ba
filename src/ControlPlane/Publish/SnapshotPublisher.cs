using System.Collections.Concurrent;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Registry;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// Makes the newest snapshot out of resources, instances and shares, and knows which sidecar has accepted what. Changes of resources and instances are gathered for
/// <see cref="Gather"/>, a change of shares is published at once, because a decision waits for it. Thread-safe: one lock around compiling; sidecars read the newest without it.
/// </summary>
internal sealed partial class SnapshotPublisher : BackgroundService
{
    /// <summary>When a hundred sidecars start together they make a few snapshots, not a hundred.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(30);

    private readonly Lock _lock = new();
    private readonly ResourceCatalog _catalog;
    private readonly InstanceRegistry _registry;
    private readonly TimeProvider _clock;
    private readonly Func<MeshSecurity> _trust;
    private readonly Func<JwtRuleConfig, JwtRuleConfig> _keys;
    private readonly string _whyKeySha256;
    private readonly Log _log;
    private readonly VersionCounter _versions;
    private readonly SemaphoreSlim _dirty = new(0, 1);
    private readonly ConcurrentDictionary<long, ProxyConnection> _proxies = new();
    private readonly DateTimeOffset _holdUntil;
    private volatile TrafficShares _shares = TrafficShares.None;
    private volatile PublishedSnapshot? _newest;
    private volatile bool _isHolding;

    /// <param name="trust">Whom sidecars trust now; asked at every snapshot.</param>
    /// <param name="whyKeySha256">Whose holder may have requests explained; empty: nobody.</param>
    /// <param name="keys">Puts a rule's keys in; must not fail.</param>
    /// <param name="settle">After a start without known instances: how long to wait for sidecars that are at work already.</param>
    public SnapshotPublisher(
        ResourceCatalog catalog,
        InstanceRegistry registry,
        string dataDirectory,
        TimeSpan settle,
        TimeProvider clock,
        ILogger<SnapshotPublisher> logger,
        Func<MeshSecurity>? trust = null,
        string whyKeySha256 = "",
        Func<JwtRuleConfig, JwtRuleConfig>? keys = null)
    {
        _catalog = catalog;
        _registry = registry;
        _clock = clock;
        _whyKeySha256 = whyKeySha256;
        _keys = keys ?? (rule => rule);
        _trust = trust ?? (() => MeshSecurity.None);
        _log = new Log(logger);
        _versions = new VersionCounter(dataDirectory);
        _holdUntil = clock.GetUtcNow() + settle;
        catalog.Changed += (_, _, _) => MarkDirty();
        registry.Changed += MarkDirty;
    }

    /// <summary>Raised with every new snapshot, with the lock held: keep it short.</summary>
    public event Action<PublishedSnapshot>? Published;

    /// <summary>This start of the control plane: a sidecar takes lower versions only from another epoch.</summary>
    public string Epoch { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Null until there is one that may be sent.</summary>
    public PublishedSnapshot? Newest => _newest;

    public TrafficShares Shares => _shares;

    /// <summary>Streams that are open now.</summary>
    public IEnumerable<ProxyConnection> Proxies => _proxies.Values;

    /// <summary>Sidecars that count for a confirmation: connected, with a lease.</summary>
    public IReadOnlyList<ProxyState> LiveProxies
    {
        get
        {
            var alive = _registry.Instances.Where(i => i.IsConnected).Select(i => i.InstanceId).ToHashSet();
            return [.. _proxies.Values.Where(p => alive.Contains(p.State.InstanceId)).Select(p => p.State)];
        }
    }

    /// <summary>Every live sidecar has the version, or a newer one, in force. False without any sidecar.</summary>
    public bool IsConfirmed(long version)
    {
        var live = LiveProxies;
        return live.Count > 0 && live.All(p => p.AcceptedVersion >= version);
    }

    /// <summary>Puts new shares in force and publishes them now.</summary>
    /// <returns>The snapshot version that carries them.</returns>
    public long SetShares(TrafficShares shares)
    {
        lock (_lock)
        {
            _shares = shares;
            PublishLocked();
            return _newest!.Version;
        }
    }

    /// <summary>Compiles now; nothing is sent when nothing has changed.</summary>
    public void Publish()
    {
        lock (_lock)
        {
            PublishLocked();
        }
    }

    public void MarkDirty()
    {
        // At most one permit: a release that finds one waiting has nothing to add.
        if (_dirty.CurrentCount == 0)
        {
            try
            {
                _dirty.Release();
            }
            catch (SemaphoreFullException)
            {
                _log.AlreadyDirty();
            }
        }
    }

    /// <param name="versionInForce">What the sidecar says it runs on; more than 0 means that it is at work and must not be told less than it knows.</param>
    public ProxyConnection Connect(string instanceId, long versionInForce)
    {
        var connection = new ProxyConnection(_registry.NewOwner(), new ProxyState(instanceId, 0, 0, []), ReadNewest);
        _proxies[connection.Id] = connection;
        lock (_lock)
        {
            // The data directory is new but sidecars are at work: the others are about to come back, and nobody may be told that they are gone.
            if (!_registry.HasHistory && versionInForce > 0 && _clock.GetUtcNow() < _holdUntil && !_isHolding)
            {
                _isHolding = true;
                _log.Holding(_holdUntil);
            }
        }

        return connection;
    }

    public void Disconnect(ProxyConnection connection)
    {
        _proxies.TryRemove(connection.Id, out _);
    }

    public override void Dispose()
    {
        _dirty.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Publish();
        while (true)
        {
            await _dirty.WaitAsync(stoppingToken);
            await Task.Delay(Gather, _clock, stoppingToken);
            while (_isHolding && _clock.GetUtcNow() is var now && now < _holdUntil)
            {
                await Task.Delay(_holdUntil - now, _clock, stoppingToken);
            }

            // In this order: what was published before the wait knows none of those who have come back.
            Publish();
            EndHolding();
        }
    }

    private PublishedSnapshot? ReadNewest() => _isHolding ? null : _newest;

    private void EndHolding()
    {
        if (_isHolding)
        {
            _isHolding = false;
            WakeAll();
        }
    }

    private void WakeAll()
    {
        foreach (var proxy in _proxies.Values)
        {
            proxy.Wake();
        }
    }

    private void PublishLocked()
    {
        var before = _newest;
        var config = SnapshotCompiler.Compile(before?.Version ?? 0, _catalog.State, _registry.Instances, _shares, _trust());
        config = config with { WhyKeySha256 = _whyKeySha256, Security = config.Security with { JwtRules = [.. config.Security.JwtRules.Select(_keys)] } };
        var wire = SnapshotWire.Write(config, Epoch);
        if (before is not null && wire.Equals(before.Message.Snapshot))
        {
            return;
        }

        wire.Version = _versions.Next();
        var next = new PublishedSnapshot(config with { Version = wire.Version }, new ControlMessage { Snapshot = wire }, _clock.GetUtcNow());
        _newest = next;
        WakeAll();
        Published?.Invoke(next);
    }
}

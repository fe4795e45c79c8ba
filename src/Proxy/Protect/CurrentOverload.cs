using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>The gate of this sidecar's app, while a policy asks for one; for the sidecar's whole life: a new snapshot must not forget what is in flight.</summary>
internal sealed class CurrentOverload(string service, TimeProvider time, Random random)
{
    private static readonly OverloadConfig Unbounded = new(0, null, 0, TimeSpan.Zero);

    private AdmissionGate? _gate;
    private AdmissionGate? _inForce;

    /// <summary>Null where nothing is bounded.</summary>
    public AdmissionGate? Gate => Volatile.Read(ref _inForce);

    /// <summary>Called by one thread at a time (the snapshot stream).</summary>
    public void Use(MeshSnapshot snapshot)
    {
        var config = snapshot.Overloads.FirstOrDefault(o => o.Service.Equals(service, StringComparison.OrdinalIgnoreCase))?.Overload;
        if (config is not null && _gate is null)
        {
            _gate = new(config, time, random);
        }

        // Who waits when the bound is taken away goes on.
        _gate?.Use(config ?? Unbounded);
        Volatile.Write(ref _inForce, config is null ? null : _gate);
    }
}

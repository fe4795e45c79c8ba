using System.Security.Cryptography;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Identity;

/// <summary>The identity and the trust in force, for every connection to come. Each is replaced whole; readers take it once per handshake.</summary>
internal sealed class IdentityState(TimeProvider time)
{
    private long _handshakes;
    private long _refusedHandshakes;
    private volatile WorkloadIdentity? _current;
    private volatile TrustBundle? _bundle;

    /// <summary>Null before the first certificate.</summary>
    public WorkloadIdentity? Current => _current;

    /// <summary>Null while nobody said whom to trust.</summary>
    public TrustBundle? Bundle => _bundle;

    /// <summary>Whether peers can be shown a certificate that is valid now.</summary>
    public bool IsReady => _current is { } current && _bundle is not null && time.GetUtcNow() < current.NotAfter;

    /// <summary>Connections within mutual TLS that were opened, both directions.</summary>
    public long Handshakes => Interlocked.Read(ref _handshakes);

    /// <summary>Connections that failed for who the peer is, both directions.</summary>
    public long RefusedHandshakes => Interlocked.Read(ref _refusedHandshakes);

    /// <summary>Raised when other roots are trusted than before, on the thread of the snapshot.</summary>
    public event Action? TrustChanged;

    public void Use(WorkloadIdentity identity) => _current = identity;

    /// <summary>Takes what a snapshot says. Without a trust domain what was known stays: a control plane without an authority is older than this one.</summary>
    /// <exception cref="CryptographicException">A root is no certificate; validated snapshots have none such.</exception>
    public void Trust(MeshSecurity security)
    {
        if (security.TrustDomain.Length == 0 || _bundle?.IsSame(security.TrustDomain, security.Roots) == true)
        {
            return;
        }

        _bundle = new(security.TrustDomain, security.Roots);
        TrustChanged?.Invoke();
    }

    public void CountHandshake() => Interlocked.Increment(ref _handshakes);

    public void CountRefused() => Interlocked.Increment(ref _refusedHandshakes);
}

namespace MeshInsight.Proxy.Balance;

/// <summary>
/// Chooses among the endpoints it was made for. Thread-safe; allocates nothing per pick. Endpoints, weights and their order do not change
/// while it lives; loads do.
/// </summary>
internal interface IBalancer
{
    /// <param name="avoid">Returned only when there is no other; may be none of ours.</param>
    /// <param name="hash">What the request hashes to; 0 when it does not say.</param>
    EndpointState Pick(Random random, EndpointState? avoid, ulong hash);
}

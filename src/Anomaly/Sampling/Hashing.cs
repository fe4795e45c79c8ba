namespace MeshInsight.Anomaly.Sampling;

internal static class Hashing
{
    /// <summary>Spreads a hash over all bits, so that sums of hashes do not cancel.</summary>
    /// <remarks>Finalizer of MurmurHash3 (A. Appleby, public domain).</remarks>
    public static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}

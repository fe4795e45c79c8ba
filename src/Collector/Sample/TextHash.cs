namespace MeshInsight.Collector.Sample;

/// <summary>FNV-1a, 64 bits: the same text has the same hash in every process and every batch.</summary>
internal static class TextHash
{
    public const ulong Start = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Add(ulong hash, ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            hash = (hash ^ b) * Prime;
        }

        // Ends the text, so that "ab" "c" and "a" "bc" differ.
        return (hash ^ 0xFF) * Prime;
    }

    /// <summary>Spreads a hash over all bits, so that sums of hashes do not cancel.</summary>
    public static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}

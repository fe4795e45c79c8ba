namespace MeshInsight.Contracts.Otlp.Wire;

/// <summary>Protobuf's numbers of one to ten bytes, seven bits each, the lowest first.</summary>
internal static class Varint
{
    private const int HighBit = 0x80;

    public static int Size(ulong value) => (70 - int.CreateTruncating(ulong.LeadingZeroCount(value | 1))) / 7;

    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> room, ulong value)
    {
        int at = 0;
        while (value >= HighBit)
        {
            room[at++] = (byte)(value | HighBit);
            value >>= 7;
        }

        room[at++] = (byte)value;
        return at;
    }
}

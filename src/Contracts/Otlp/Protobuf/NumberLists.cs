using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Repeated numbers, which a sender may pack into one field or send one field each; the protobuf encoding wants both to be read.</summary>
internal static class NumberLists
{
    public static bool ReadFixed(ref ProtoReader reader, Column<ulong> into, MessageNames names, ref DecodeTally tally)
    {
        if (reader.Type != WireType.Length)
        {
            into.Add(reader.ReadFixed64());
            return tally.TakeRow();
        }

        var packed = reader.ReadMessage();
        while (!packed.IsAtEnd && tally.TakeRow())
        {
            into.Add(packed.ReadPackedFixed64());
            if (packed.HasFault)
            {
                break;
            }
        }

        return tally.Failure is null && tally.Finish(packed, names);
    }

    public static bool ReadDoubles(ref ProtoReader reader, Column<double> into, MessageNames names, ref DecodeTally tally)
    {
        if (reader.Type != WireType.Length)
        {
            into.Add(reader.ReadDouble());
            return tally.TakeRow();
        }

        var packed = reader.ReadMessage();
        while (!packed.IsAtEnd && tally.TakeRow())
        {
            into.Add(BitConverter.UInt64BitsToDouble(packed.ReadPackedFixed64()));
            if (packed.HasFault)
            {
                break;
            }
        }

        return tally.Failure is null && tally.Finish(packed, names);
    }

    public static bool ReadVarints(ref ProtoReader reader, Column<ulong> into, MessageNames names, ref DecodeTally tally)
    {
        if (reader.Type != WireType.Length)
        {
            into.Add(reader.ReadVarint());
            return tally.TakeRow();
        }

        var packed = reader.ReadMessage();
        while (!packed.IsAtEnd && tally.TakeRow())
        {
            into.Add(packed.ReadPackedVarint());
            if (packed.HasFault)
            {
                break;
            }
        }

        return tally.Failure is null && tally.Finish(packed, names);
    }

    /// <summary>sint32: zig-zag, so that small negative numbers are short.</summary>
    public static int ReadZigZag(ref ProtoReader reader)
    {
        uint value = (uint)reader.ReadVarint();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    public static ulong ZigZag(int value) => (uint)((value << 1) ^ (value >> 31));
}

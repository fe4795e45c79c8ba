namespace MeshInsight.Contracts.Otlp.Wire;

/// <summary>Protobuf wire types (https://protobuf.dev/programming-guides/encoding/#structure): the low three bits of a tag.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

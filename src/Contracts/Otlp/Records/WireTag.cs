using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>Tags of one byte: the fields that every record has and the values of attributes.</summary>
internal static class WireTag
{
    public const byte Member = (GroupFields.Members << 3) | (int)WireType.Length;
    public const byte KeyOfPair = (KeyValueFields.Key << 3) | (int)WireType.Length;
    public const byte ValueOfPair = (KeyValueFields.Value << 3) | (int)WireType.Length;
    public const byte TextValue = (AnyValueFields.Text << 3) | (int)WireType.Length;
    public const byte BoolValue = (AnyValueFields.Bool << 3) | (int)WireType.Varint;
    public const byte IntValue = (AnyValueFields.Int << 3) | (int)WireType.Varint;
}

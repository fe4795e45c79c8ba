namespace MeshInsight.Contracts.Otlp.Wire;

/// <summary>Why bytes are no protobuf message.</summary>
internal enum ProtoFault
{
    None,
    Truncated,
    VarintTooLong,
    BadFieldNumber,
    BadWireType,
    UnexpectedWireType,
    UnexpectedEndGroup,
    GroupTooDeep,
}

internal static class ProtoFaultText
{
    public static string Describe(this ProtoFault fault) => fault switch
    {
        ProtoFault.Truncated => "it runs past the end of its message",
        ProtoFault.VarintTooLong => "a varint has more than 10 bytes",
        ProtoFault.BadFieldNumber => "field numbers are 1 to 536870911",
        ProtoFault.BadWireType => "wire types 6 and 7 do not exist",
        ProtoFault.UnexpectedWireType => "its wire type is not the one of this field",
        ProtoFault.UnexpectedEndGroup => "a group ends that did not start",
        ProtoFault.GroupTooDeep => "groups are nested too deep",
        _ => "no fault",
    };
}

using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>
/// Takes out of an export request what we do not keep (dropped counts, link flags) and defaults that need not be written, and leaves the rest and its
/// order as it is. So another implementation's bytes can be compared with ours.
/// </summary>
internal static class OmittedFields
{
    private static readonly Message KeyValue = new([], []);
    private static readonly Message Resource = new([2], new() { [1] = KeyValue });
    private static readonly Message Scope = new([4], new() { [3] = KeyValue });
    private static readonly Message Event = new([4], new() { [3] = KeyValue });
    private static readonly Message Link = new([5, 6], new() { [4] = KeyValue });
    private static readonly Message Status = new([], []);
    private static readonly Message Span = new([10, 12, 14], new() { [9] = KeyValue, [11] = Event, [13] = Link, [15] = Status });
    private static readonly Message Log = new([7], new() { [6] = KeyValue });

    public static byte[] RemoveFromTraces(byte[] request) => Remove(request, Request(Span));

    public static byte[] RemoveFromLogs(byte[] request) => Remove(request, Request(Log));

    private static Message Request(Message record) =>
        new([], new() { [1] = new([], new() { [1] = Resource, [2] = new([], new() { [1] = Scope, [2] = record }) }) });

    private static byte[] Remove(ReadOnlySpan<byte> bytes, Message message)
    {
        var writer = new ProtoWriter(bytes.Length + 16);
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            int field = reader.Field;
            if (message.Omitted.Contains(field))
            {
                reader.Skip();
                continue;
            }

            switch (reader.Type)
            {
                case WireType.Varint:
                    ulong value = reader.ReadVarint();
                    writer.WriteVarint(field, value);
                    break;
                case WireType.Fixed64:
                    writer.WriteFixed64(field, reader.ReadFixed64());
                    break;
                case WireType.Fixed32:
                    writer.WriteFixed32(field, reader.ReadFixed32());
                    break;
                default:
                    var content = reader.ReadBytes();
                    byte[] kept = message.Nested.TryGetValue(field, out var nested) && nested != KeyValue ? Remove(content, nested) : content.ToArray();
                    if (kept.Length > 0 || nested is not null && nested != Status)
                    {
                        writer.WriteBytesAlways(field, kept);
                    }

                    break;
            }
        }

        Assert.False(reader.HasFault);
        byte[] result = writer.Written.ToArray();
        writer.Dispose();
        return result;
    }

    private sealed record Message(int[] Omitted, Dictionary<int, Message> Nested);
}

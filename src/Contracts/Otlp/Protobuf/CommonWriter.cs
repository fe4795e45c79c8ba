using System.Buffers.Binary;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>What the writers of all signals share. Reads and writes of one message use the same field constants.</summary>
internal static class CommonWriter
{
    // Expected length prefixes: groups are tens of KiB and more, records hundreds of bytes.
    public const int GroupPrefix = 3;
    public const int RecordPrefix = 2;

    public static void WriteResource(ref ProtoWriter writer, TelemetryBatch batch, int row)
    {
        int mark = writer.Begin(GroupFields.Owner, RecordPrefix);
        WriteAttributes(ref writer, ResourceFields.Attributes, batch, batch.Resources[row].Attributes);
        writer.End(mark, RecordPrefix);
    }

    public static void WriteScope(ref ProtoWriter writer, TelemetryBatch batch, int row)
    {
        ref readonly var scope = ref batch.Scopes[row];
        int mark = writer.Begin(GroupFields.Owner);
        writer.WriteBytes(ScopeFields.Name, batch.Symbols[scope.Name]);
        writer.WriteBytes(ScopeFields.Version, batch.Symbols[scope.Version]);
        WriteAttributes(ref writer, ScopeFields.Attributes, batch, scope.Attributes);
        writer.End(mark);
    }

    public static void WriteAttributes(ref ProtoWriter writer, int field, TelemetryBatch batch, RowRange rows)
    {
        for (int row = rows.Start; row < rows.End; row++)
        {
            int pair = writer.Begin(field);
            writer.WriteBytes(KeyValueFields.Key, batch.Symbols[batch.Attributes.Key(row)]);
            int value = writer.Begin(KeyValueFields.Value);
            WriteValue(ref writer, batch, row);
            writer.End(value);
            writer.End(pair);
        }
    }

    public static void WriteId(ref ProtoWriter writer, int field, TraceId id)
    {
        if (!id.IsEmpty)
        {
            Span<byte> bytes = stackalloc byte[TraceId.SizeBytes];
            id.Write(bytes);
            writer.WriteBytes(field, bytes);
        }
    }

    public static void WriteId(ref ProtoWriter writer, int field, SpanId id)
    {
        if (!id.IsEmpty)
        {
            Span<byte> bytes = stackalloc byte[SpanId.SizeBytes];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, id.Value);
            writer.WriteBytes(field, bytes);
        }
    }

    /// <summary>The common start of every point but the exponential histogram's, whose attributes come first.</summary>
    public static void WriteTimes(ref ProtoWriter writer, in PointRow point)
    {
        writer.WriteFixed64(PointFields.StartTime, (ulong)point.StartUnixNano);
        writer.WriteFixed64(PointFields.Time, (ulong)point.TimeUnixNano);
    }

    private static void WriteValue(ref ProtoWriter writer, TelemetryBatch batch, int row)
    {
        var attributes = batch.Attributes;
        switch (attributes.Kind(row))
        {
            case AttributeKind.Text:
                writer.WriteBytesAlways(AnyValueFields.Text, batch.Text[attributes.Text(row)]);
                break;
            case AttributeKind.Bool:
                writer.WriteVarintAlways(AnyValueFields.Bool, attributes.Bool(row) ? 1u : 0);
                break;
            case AttributeKind.Int:
                writer.WriteVarintAlways(AnyValueFields.Int, (ulong)attributes.Int(row));
                break;
            case AttributeKind.Double:
                writer.WriteDoubleAlways(AnyValueFields.Double, attributes.Double(row));
                break;
            case AttributeKind.Bytes:
                writer.WriteBytesAlways(AnyValueFields.Bytes, batch.Text[attributes.Text(row)]);
                break;
            case AttributeKind.Json:
                JsonValueWriter.Write(ref writer, batch.Text[attributes.Text(row)]);
                break;
            default:
                break;
        }
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Native;

/// <summary>Attribute values as the String half of a Map, the same text as <see cref="AttributeTable.GetString"/> but without making strings.</summary>
internal static class AttributeText
{
    /// <summary>No number of ours is longer; the length fits one byte.</summary>
    private const int MaxNumberBytes = 40;

    public static void Write(NativeWriter writer, TelemetryBatch batch, int row)
    {
        var table = batch.Attributes;
        switch (table.Kind(row))
        {
            case AttributeKind.Text or AttributeKind.Json:
                TextColumn.Write(writer, batch.Text[table.Text(row)]);
                break;
            case AttributeKind.Int:
                WriteNumber(writer, table.Int(row));
                break;
            case AttributeKind.Double:
                WriteNumber(writer, table.Double(row));
                break;
            case AttributeKind.Bool:
                TextColumn.Write(writer, table.Bool(row) ? "true"u8 : "false"u8);
                break;
            case AttributeKind.Bytes:
                WriteBase64(writer, batch.Text[table.Text(row)]);
                break;
            default:
                writer.WriteByte(0);
                break;
        }
    }

    private static void WriteNumber<T>(NativeWriter writer, T value)
        where T : IUtf8SpanFormattable
    {
        var place = writer.Reserve(1 + MaxNumberBytes);
        if (!value.TryFormat(place[1..], out int size, default, CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException($"A number needs more than {MaxNumberBytes} bytes.");
        }

        place[0] = (byte)size;
        writer.Advance(1 + size);
    }

    private static void WriteBase64(NativeWriter writer, ReadOnlySpan<byte> bytes)
    {
        int size = Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        writer.WriteVarUInt((ulong)size);
        if (Base64.EncodeToUtf8(bytes, writer.Reserve(size), out _, out int written) != OperationStatus.Done || written != size)
        {
            throw new InvalidOperationException("Base64 of another size than announced.");
        }

        writer.Advance(size);
    }
}

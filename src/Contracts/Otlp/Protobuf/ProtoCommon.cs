using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>What the readers of all signals share: resource, scope, attributes, ids and times.</summary>
internal static class ProtoCommon
{
    public static bool ReadResource(ProtoReader reader, TelemetryBatch batch, int row, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        while (reader.Next())
        {
            if (reader.Field == ResourceFields.Attributes)
            {
                if (!ReadAttribute(reader.ReadMessage(), batch, ref tally))
                {
                    return false;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        batch.SetResource(row, first);
        return tally.Finish(reader, ResourceFields.Names);
    }

    public static bool ReadScope(ProtoReader reader, TelemetryBatch batch, int row, ref DecodeTally tally)
    {
        int first = batch.Attributes.Count;
        int name = 0;
        int version = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case ScopeFields.Name:
                    name = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case ScopeFields.Version:
                    version = batch.Symbols.AddRepaired(reader.ReadBytes());
                    break;
                case ScopeFields.Attributes:
                    if (!ReadAttribute(reader.ReadMessage(), batch, ref tally))
                    {
                        return false;
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        batch.Scopes[row] = new(name, version, batch.Attributes.From(first), batch.Scopes[row].SchemaUrl);
        return tally.Finish(reader, ScopeFields.Names);
    }

    /// <summary>One KeyValue becomes one row. A missing value is an empty one.</summary>
    public static bool ReadAttribute(ProtoReader reader, TelemetryBatch batch, ref DecodeTally tally)
    {
        ReadOnlySpan<byte> key = default;
        ProtoReader value = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case KeyValueFields.Key:
                    key = reader.ReadBytes();
                    break;
                case KeyValueFields.Value:
                    value = reader.ReadMessage();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tally.Finish(reader, KeyValueFields.Names)
            && tally.TakeRow()
            && ProtoValue.AddAttribute(value, batch, batch.Symbols.AddRepaired(key), ref tally);
    }

    /// <summary>Reads the id in place; absent and all zero both give none.</summary>
    /// <returns>False when there are bytes but not 16.</returns>
    public static bool TryReadTraceId(ReadOnlySpan<byte> bytes, out TraceId id)
    {
        id = bytes.Length == TraceId.SizeBytes ? TraceId.Read(bytes) : default;
        return bytes.Length is 0 or TraceId.SizeBytes;
    }

    /// <inheritdoc cref="TryReadTraceId"/>
    public static bool TryReadSpanId(ReadOnlySpan<byte> bytes, out SpanId id)
    {
        id = bytes.Length == SpanId.SizeBytes ? SpanId.Read(bytes) : default;
        return bytes.Length is 0 or SpanId.SizeBytes;
    }
}

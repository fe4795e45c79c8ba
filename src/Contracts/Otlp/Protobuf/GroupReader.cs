using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Reads one span, metric or log record into its batch. A struct, so that the group loop is compiled for each signal.</summary>
internal interface IRecordReader
{
    TelemetryBatch Batch { get; }

    /// <summary>False when the request is to be refused; a record that is left out alone is counted in the tally.</summary>
    bool Read(ProtoReader reader, int resource, int scope, ref DecodeTally tally);
}

/// <summary>
/// The outer levels of every export request: resource groups of scope groups of records. Fields may come in any order, as protobuf allows: the
/// row of a resource or scope is there before its content.
/// </summary>
internal static class GroupReader
{
    public static bool Read<TRecords>(ProtoReader reader, TRecords records, ref DecodeTally tally)
        where TRecords : struct, IRecordReader
    {
        while (reader.Next())
        {
            if (reader.Field != GroupFields.Groups)
            {
                reader.Skip();
            }
            else if (!ReadResourceGroup(reader.ReadMessage(), records, ref tally))
            {
                return false;
            }
        }

        return tally.Finish(reader, GroupFields.Request);
    }

    private static bool ReadResourceGroup<TRecords>(ProtoReader reader, TRecords records, ref DecodeTally tally)
        where TRecords : struct, IRecordReader
    {
        if (!tally.TakeRow())
        {
            return false;
        }

        var batch = records.Batch;
        int resource = batch.AddResource();
        while (reader.Next())
        {
            bool read = true;
            switch (reader.Field)
            {
                case GroupFields.Owner:
                    read = ProtoCommon.ReadResource(reader.ReadMessage(), batch, resource, ref tally);
                    break;
                case GroupFields.Members:
                    read = ReadScopeGroup(reader.ReadMessage(), records, resource, ref tally);
                    break;
                case GroupFields.SchemaUrl:
                    batch.SetResourceSchema(resource, batch.Symbols.AddRepaired(reader.ReadBytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (!read)
            {
                return false;
            }
        }

        return tally.Finish(reader, GroupFields.ResourceGroup);
    }

    private static bool ReadScopeGroup<TRecords>(ProtoReader reader, TRecords records, int resource, ref DecodeTally tally)
        where TRecords : struct, IRecordReader
    {
        if (!tally.TakeRow())
        {
            return false;
        }

        var batch = records.Batch;
        int scope = batch.AddScope();
        while (reader.Next())
        {
            bool read = true;
            switch (reader.Field)
            {
                case GroupFields.Owner:
                    read = ProtoCommon.ReadScope(reader.ReadMessage(), batch, scope, ref tally);
                    break;
                case GroupFields.Members:
                    read = records.Read(reader.ReadMessage(), resource, scope, ref tally);
                    break;
                case GroupFields.SchemaUrl:
                    batch.SetScopeSchema(scope, batch.Symbols.AddRepaired(reader.ReadBytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (!read)
            {
                return false;
            }
        }

        return tally.Finish(reader, GroupFields.ScopeGroup);
    }
}

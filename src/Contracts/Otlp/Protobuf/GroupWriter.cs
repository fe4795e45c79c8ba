using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Protobuf;

/// <summary>Writes the records of a batch in row order. A struct, so that the group loop is compiled for each signal.</summary>
internal interface IRecordWriter
{
    TelemetryBatch Batch { get; }

    int Count { get; }

    int Resource(int row);

    int Scope(int row);

    /// <summary>Writes one record and returns the first row that is not in it.</summary>
    int Write(ref ProtoWriter writer, int row);
}

/// <summary>The outer levels of every export request. Neighbouring rows of one resource and scope share a group; rows are not sorted for it.</summary>
internal static class GroupWriter
{
    public static void Write<TRecords>(ref ProtoWriter writer, TRecords records)
        where TRecords : struct, IRecordWriter
    {
        var batch = records.Batch;
        for (int row = 0; row < records.Count;)
        {
            int resource = records.Resource(row);
            int group = writer.Begin(GroupFields.Groups, CommonWriter.GroupPrefix);
            CommonWriter.WriteResource(ref writer, batch, resource);
            while (row < records.Count && records.Resource(row) == resource)
            {
                row = WriteScopeGroup(ref writer, records, row, resource);
            }

            writer.WriteBytes(GroupFields.SchemaUrl, batch.Symbols[batch.Resources[resource].SchemaUrl]);
            writer.End(group, CommonWriter.GroupPrefix);
        }
    }

    // Returns the first row that is of another scope or resource.
    private static int WriteScopeGroup<TRecords>(ref ProtoWriter writer, TRecords records, int row, int resource)
        where TRecords : struct, IRecordWriter
    {
        var batch = records.Batch;
        int scope = records.Scope(row);
        int group = writer.Begin(GroupFields.Members, CommonWriter.GroupPrefix);
        CommonWriter.WriteScope(ref writer, batch, scope);
        while (row < records.Count && records.Resource(row) == resource && records.Scope(row) == scope)
        {
            row = records.Write(ref writer, row);
        }

        writer.WriteBytes(GroupFields.SchemaUrl, batch.Symbols[batch.Scopes[scope].SchemaUrl]);
        writer.End(group, CommonWriter.GroupPrefix);
        return row;
    }
}

using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>Reads one span, metric or log record into its batch. A struct, so that the group loop is compiled for each signal.</summary>
internal interface IJsonRecordReader
{
    TelemetryBatch Batch { get; }

    /// <summary>Name of the resource groups, "resourceSpans".</summary>
    ReadOnlySpan<byte> GroupsName { get; }

    /// <summary>Name of the scope groups, "scopeSpans".</summary>
    ReadOnlySpan<byte> ScopeGroupsName { get; }

    /// <summary>Name of the records, "spans".</summary>
    ReadOnlySpan<byte> RecordsName { get; }

    /// <summary>False when the request is to be refused; a record that is left out alone is counted in the tally.</summary>
    bool Read(ref JsonCursor json, int resource, int scope, ref DecodeTally tally);
}

/// <summary>The outer levels of every export request in JSON; the counterpart of the protobuf group reader. Members may come in any order.</summary>
internal static class JsonGroupReader
{
    public static bool Read<TRecords>(ref JsonCursor json, TRecords records, ref DecodeTally tally)
        where TRecords : struct, IJsonRecordReader
    {
        json.Start();
        if (!json.EnterObject())
        {
            return tally.Finish(json);
        }

        while (json.NextField())
        {
            if (!json.Is(records.GroupsName))
            {
                json.Skip();
                continue;
            }

            for (bool inside = json.EnterArray(); inside && json.NextElement();)
            {
                if (!ReadResourceGroup(ref json, records, ref tally))
                {
                    return false;
                }
            }
        }

        if (json.Fault is null)
        {
            json.Finish();
        }

        return tally.Finish(json);
    }

    private static bool ReadResourceGroup<TRecords>(ref JsonCursor json, TRecords records, ref DecodeTally tally)
        where TRecords : struct, IJsonRecordReader
    {
        if (!tally.TakeRow() || !json.EnterObject())
        {
            return tally.Finish(json);
        }

        var batch = records.Batch;
        int resource = batch.AddResource();
        while (json.NextField())
        {
            if (json.Is("resource"u8))
            {
                if (!JsonCommon.ReadResource(ref json, batch, resource, ref tally))
                {
                    return false;
                }
            }
            else if (json.Is(records.ScopeGroupsName))
            {
                for (bool inside = json.EnterArray(); inside && json.NextElement();)
                {
                    if (!ReadScopeGroup(ref json, records, resource, ref tally))
                    {
                        return false;
                    }
                }
            }
            else if (json.Is("schemaUrl"u8))
            {
                batch.SetResourceSchema(resource, json.ReadSymbol(batch.Symbols));
            }
            else
            {
                json.Skip();
            }
        }

        return tally.Finish(json);
    }

    private static bool ReadScopeGroup<TRecords>(ref JsonCursor json, TRecords records, int resource, ref DecodeTally tally)
        where TRecords : struct, IJsonRecordReader
    {
        if (!tally.TakeRow() || !json.EnterObject())
        {
            return tally.Finish(json);
        }

        var batch = records.Batch;
        int scope = batch.AddScope();
        while (json.NextField())
        {
            if (json.Is("scope"u8))
            {
                if (!JsonCommon.ReadScope(ref json, batch, scope, ref tally))
                {
                    return false;
                }
            }
            else if (json.Is(records.RecordsName))
            {
                for (bool inside = json.EnterArray(); inside && json.NextElement();)
                {
                    if (!records.Read(ref json, resource, scope, ref tally))
                    {
                        return false;
                    }
                }
            }
            else if (json.Is("schemaUrl"u8))
            {
                batch.SetScopeSchema(scope, json.ReadSymbol(batch.Symbols));
            }
            else
            {
                json.Skip();
            }
        }

        return tally.Finish(json);
    }
}

using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using static MeshInsight.Storage.Inserts.BatchColumns;

namespace MeshInsight.Storage.Inserts;

/// <summary>Log records → <c>otel_logs</c>, as the OpenTelemetry ClickHouse exporter writes them.</summary>
internal static class LogBlock
{
    private static readonly Block<LogRows> Block = new("otel_logs", static r => r.Count,
    [
        // A record without a time has the time at which it was observed, as in the exporter.
        TimeOf<LogRows>("Timestamp", static (r, row) => r.Log(row).TimeUnixNano is var time and not 0 ? time : r.Log(row).ObservedTimeUnixNano),
        TraceIdOf<LogRows>("TraceId", static (r, row) => r.Log(row).TraceId),
        SpanIdOf<LogRows>("SpanId", static (r, row) => r.Log(row).SpanId),
        Number<LogRows, byte>("TraceFlags", "UInt8", static (r, row) => (byte)r.Log(row).Flags),
        Symbol<LogRows>("SeverityText", static (r, row) => r.Log(row).SeverityText),
        Number<LogRows, byte>("SeverityNumber", "UInt8", static (r, row) => r.Log(row).SeverityNumber),
        Symbol<LogRows>("ServiceName", static (r, row) => r.Resource(row).ServiceName),
        Text<LogRows>("Body", static (r, row) => r.Log(row).Body),
        Symbol<LogRows>("ResourceSchemaUrl", static (r, row) => r.Resource(row).SchemaUrl),
        AttributesOf<LogRows>("ResourceAttributes", static (r, row) => r.Resource(row).Attributes),
        Symbol<LogRows>("ScopeSchemaUrl", static (r, row) => r.Scope(row).SchemaUrl),
        SymbolText<LogRows>("ScopeName", static (r, row) => r.Scope(row).Name),
        Symbol<LogRows>("ScopeVersion", static (r, row) => r.Scope(row).Version),
        AttributesOf<LogRows>("ScopeAttributes", static (r, row) => r.Scope(row).Attributes),
        AttributesOf<LogRows>("LogAttributes", static (r, row) => r.Log(row).Attributes),
        SymbolText<LogRows>("EventName", static (r, row) => r.Log(row).EventName),
    ]);

    public static TableInsert Insert(LogBatch logs) => Block.Insert(new(logs));

    private sealed class LogRows(LogBatch logs) : BatchRows(logs, logs.Count)
    {
        public LogRow Log(int row) => logs.Logs[row];

        public ResourceRow Resource(int row) => logs.Resources[logs.Logs[row].Resource];

        public ScopeRow Scope(int row) => logs.Scopes[logs.Logs[row].Scope];
    }
}

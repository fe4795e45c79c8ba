using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Batches as OTLP/JSON, with the freedoms the mapping gives taken at random: members in any order, integers as numbers or texts, enums as names.</summary>
internal sealed class JsonRequests(Random random)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public byte[] Of(SpanBatch batch) => Groups("resourceSpans", "scopeSpans", "spans", batch, batch.Count, row => (batch.ResourceRows[row], batch.ScopeRows[row], Span(batch, row)));

    public byte[] Of(LogBatch batch) => Groups("resourceLogs", "scopeLogs", "logRecords", batch, batch.Count, row => (batch.Logs[row].Resource, batch.Logs[row].Scope, Log(batch, batch.Logs[row])));

    // One group each row: grouping is not what these cases are about.
    private byte[] Groups(string groups, string scopes, string records, TelemetryBatch batch, int count, Func<int, (int Resource, int Scope, JsonObject Record)> record)
    {
        var list = new JsonArray();
        for (int row = 0; row < count; row++)
        {
            var (resource, scope, content) = record(row);
            list.Add(Shuffled(
                ("resource", Shuffled(("attributes", Attributes(batch, batch.Resources[resource].Attributes)))),
                ("schemaUrl", Symbol(batch, batch.Resources[resource].SchemaUrl)),
                (scopes, new JsonArray(Shuffled(
                    ("scope", Shuffled(
                        ("name", Symbol(batch, batch.Scopes[scope].Name)),
                        ("version", Symbol(batch, batch.Scopes[scope].Version)),
                        ("attributes", Attributes(batch, batch.Scopes[scope].Attributes)))),
                    ("schemaUrl", Symbol(batch, batch.Scopes[scope].SchemaUrl)),
                    (records, new JsonArray(content)))))));
        }

        return JsonSerializer.SerializeToUtf8Bytes(Shuffled((groups, list)), random.Next(2) == 0 ? Indented : JsonSerializerOptions.Default);
    }

    private JsonObject Span(SpanBatch batch, int row)
    {
        var span = batch[row];
        string[] kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
        return Shuffled(
            ("traceId", Cased(span.TraceId.ToString())),
            ("spanId", Cased(span.SpanId.ToString())),
            ("parentSpanId", span.ParentId.IsEmpty ? (random.Next(2) == 0 ? "" : null) : Cased(span.ParentId.ToString())),
            ("name", Symbol(batch, batch.Names[row])),
            ("kind", random.Next(2) == 0 ? (int)span.Kind : "SPAN_KIND_" + kinds[(int)span.Kind]),
            ("startTimeUnixNano", Whole(span.StartUnixNano)),
            ("endTimeUnixNano", Whole(span.EndUnixNano)),
            ("traceState", Text(batch, batch.TraceStates[row])),
            ("flags", (long)batch.Flags[row]),
            ("status", Shuffled(("code", (int)span.Status), ("message", Text(batch, batch.StatusMessages[row])))),
            ("attributes", Attributes(batch, span.Attributes)),
            ("events", Array(batch.EventRows[row], i => Shuffled(
                ("timeUnixNano", Whole(batch.Events[i].TimeUnixNano)),
                ("name", Symbol(batch, batch.Events[i].Name)),
                ("attributes", Attributes(batch, batch.Events[i].Attributes))))),
            ("links", Array(batch.LinkRows[row], i => Shuffled(
                ("traceId", batch.Links[i].TraceId.ToString()),
                ("spanId", batch.Links[i].SpanId.ToString()),
                ("traceState", Text(batch, batch.Links[i].TraceState)),
                ("attributes", Attributes(batch, batch.Links[i].Attributes))))));
    }

    private JsonObject Log(LogBatch batch, LogRow log) => Shuffled(
        ("timeUnixNano", Whole(log.TimeUnixNano)),
        ("observedTimeUnixNano", Whole(log.ObservedTimeUnixNano)),
        ("traceId", log.TraceId.IsEmpty ? "" : log.TraceId.ToString()),
        ("spanId", log.SpanId.IsEmpty ? "" : log.SpanId.ToString()),
        ("flags", (long)log.Flags),
        ("severityNumber", (int)log.SeverityNumber),
        ("severityText", Symbol(batch, log.SeverityText)),
        ("eventName", Symbol(batch, log.EventName)),
        ("body", log.BodyKind switch
        {
            AttributeKind.Empty => null,
            AttributeKind.Text => Shuffled(("stringValue", Text(batch, log.Body))),
            _ => Value(JsonNode.Parse(batch.Text.GetString(log.Body))),
        }),
        ("attributes", Attributes(batch, log.Attributes)));

    private JsonArray Attributes(TelemetryBatch batch, RowRange rows) => Array(rows, row =>
    {
        var attributes = batch.Attributes;
        JsonNode? value = attributes.Kind(row) switch
        {
            AttributeKind.Text => Shuffled(("stringValue", Text(batch, attributes.Text(row)))),
            AttributeKind.Bool => Shuffled(("boolValue", attributes.Bool(row))),
            AttributeKind.Int => Shuffled(("intValue", Whole(attributes.Int(row)))),
            AttributeKind.Double => Shuffled(("doubleValue", Real(attributes.Double(row)))),
            AttributeKind.Bytes => Shuffled(("bytesValue", Base64(batch.Text[attributes.Text(row)]))),
            AttributeKind.Json => Value(JsonNode.Parse(batch.Text.GetString(attributes.Text(row)))),
            _ => random.Next(2) == 0 ? new JsonObject() : null,
        };
        return Shuffled(("key", Symbol(batch, attributes.Key(row))), ("value", value));
    });

    // JSON as an AnyValue.
    private JsonObject Value(JsonNode? node) => node switch
    {
        null => [],
        JsonArray array => Shuffled(("arrayValue", Shuffled(("values", new JsonArray([.. array.Select(Value)]))))),
        JsonObject list => Shuffled(("kvlistValue", Shuffled(("values", new JsonArray([.. list.Select(pair => Shuffled(("key", pair.Key), ("value", Value(pair.Value))))]))))),
        _ when node.GetValueKind() is JsonValueKind.True or JsonValueKind.False => Shuffled(("boolValue", node.GetValue<bool>())),
        _ when node.GetValueKind() == JsonValueKind.String => Shuffled(("stringValue", node.GetValue<string>())),
        _ when node.ToJsonString().AsSpan().ContainsAny('.', 'E') => Shuffled(("doubleValue", node.GetValue<double>())),
        _ => Shuffled(("intValue", Whole(node.GetValue<long>()))),
    };

    private JsonObject Shuffled(params (string Name, JsonNode? Value)[] members)
    {
        random.Shuffle(members);
        var json = new JsonObject();
        foreach (var (name, value) in members)
        {
            json.Add(name, value);
            if (random.Next(20) == 0)
            {
                json["unknown" + json.Count] = new JsonArray(1, new JsonObject { ["deep"] = "x" });
            }
        }

        return json;
    }

    private static JsonArray Array(RowRange rows, Func<int, JsonNode> element) => [.. Enumerable.Range(rows.Start, rows.Count).Select(element)];

    private JsonNode Whole(long value) => random.Next(2) == 0 ? value : value.ToString(CultureInfo.InvariantCulture);

    private static JsonNode Real(double value) => double.IsFinite(value) ? value : value.ToString(CultureInfo.InvariantCulture);

    private string Cased(string hex) => random.Next(2) == 0 ? hex : hex.ToUpperInvariant();

    private string Base64(ReadOnlySpan<byte> bytes)
    {
        string text = Convert.ToBase64String(bytes);
        text = random.Next(2) == 0 ? text : text.TrimEnd('=');
        return random.Next(2) == 0 ? text : text.Replace('+', '-').Replace('/', '_');
    }

    private static string Symbol(TelemetryBatch batch, int symbol) => batch.Symbols.GetString(symbol);

    private static string Text(TelemetryBatch batch, TextRef text) => batch.Text.GetString(text);
}

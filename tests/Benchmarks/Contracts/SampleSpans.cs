using System.Globalization;
using System.Text.Json;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Benchmarks.Contracts;

/// <summary>Spans as a sidecar exports them: one resource, one scope, nine attributes of OpenTelemetry's HTTP conventions and ours.</summary>
internal static class SampleSpans
{
    public static SpanBatch Create(int count, Random random)
    {
        var batch = new SpanBatch();
        batch.Attributes.AddText("service.name", "checkout");
        batch.Attributes.AddText("service.version", "v2");
        batch.Attributes.AddText("service.instance.id", "checkout-v2-1");
        batch.Attributes.AddText("telemetry.sdk.language", "dotnet");
        int resource = batch.AddResource(0);
        batch.Scopes.Add(new(batch.Symbols.Add(MeshAttributes.ProxyScope), batch.Symbols.Add("0.1.0"), default, 0));
        string[] routes = ["/cart", "/cart/{id}", "/pay", "/ship/quote", "/recommendations"];
        for (int i = 0; i < count; i++)
        {
            string route = routes[random.Next(routes.Length)];
            int first = batch.Attributes.Count;
            batch.Attributes.AddText("http.request.method", "GET");
            batch.Attributes.AddText("http.route", route);
            batch.Attributes.AddText("url.path", route + "/" + random.Next(10_000).ToString(CultureInfo.InvariantCulture));
            batch.Attributes.AddText("url.scheme", "http");
            batch.Attributes.AddText("server.address", "checkout.mesh");
            batch.Attributes.AddInt("http.response.status_code"u8, 200);
            batch.Attributes.AddInt("server.port"u8, 8080);
            batch.Attributes.AddText(MeshAttributes.DestinationService, "payment");
            batch.Attributes.AddText(MeshAttributes.DestinationVersion, "v1");
            batch.Add(
                new((ulong)random.NextInt64(), (ulong)random.NextInt64() | 1),
                new((ulong)random.NextInt64() | 1),
                new((ulong)random.NextInt64() | 1),
                1_790_000_000_000_000_000 + random.NextInt64(1_000_000_000),
                random.NextInt64(1_000_000, 50_000_000),
                batch.Symbols.Add("GET " + route),
                SpanKind.Server,
                SpanStatus.Unset,
                default,
                default,
                257,
                resource,
                0,
                new(first, batch.Attributes.Count - first));
        }

        return batch;
    }

    /// <summary>The same request as OpenTelemetry's JavaScript exporter writes it.</summary>
    public static byte[] ToJson(SpanBatch batch)
    {
        using var stream = new MemoryStream();
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartArray("resourceSpans");
        json.WriteStartObject();
        json.WriteStartObject("resource");
        WriteAttributes(json, batch, batch.Resources[0].Attributes);
        json.WriteEndObject();
        json.WriteStartArray("scopeSpans");
        json.WriteStartObject();
        json.WriteStartObject("scope");
        json.WriteString("name", batch.Symbols[batch.Scopes[0].Name]);
        json.WriteString("version", batch.Symbols[batch.Scopes[0].Version]);
        json.WriteEndObject();
        json.WriteStartArray("spans");
        for (int row = 0; row < batch.Count; row++)
        {
            WriteSpan(json, batch[row]);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return stream.ToArray();
    }

    private static void WriteSpan(Utf8JsonWriter json, SpanRecord span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", span.TraceId.ToString());
        json.WriteString("spanId", span.SpanId.ToString());
        json.WriteString("parentSpanId", span.ParentId.ToString());
        json.WriteString("name", span.Name);
        json.WriteNumber("kind", (int)span.Kind);
        json.WriteString("startTimeUnixNano", span.StartUnixNano.ToString(CultureInfo.InvariantCulture));
        json.WriteString("endTimeUnixNano", span.EndUnixNano.ToString(CultureInfo.InvariantCulture));
        WriteAttributes(json, span.Batch, span.Attributes);
        json.WriteStartObject("status");
        json.WriteNumber("code", (int)span.Status);
        json.WriteEndObject();
        json.WriteNumber("flags", span.Batch.Flags[span.Row]);
        json.WriteEndObject();
    }

    private static void WriteAttributes(Utf8JsonWriter json, TelemetryBatch batch, RowRange rows)
    {
        json.WriteStartArray("attributes");
        for (int row = rows.Start; row < rows.End; row++)
        {
            json.WriteStartObject();
            json.WriteString("key", batch.Symbols[batch.Attributes.Key(row)]);
            json.WriteStartObject("value");
            if (batch.Attributes.Kind(row) == AttributeKind.Int)
            {
                json.WriteNumber("intValue", batch.Attributes.Int(row));
            }
            else
            {
                json.WriteString("stringValue", batch.Text[batch.Attributes.Text(row)]);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

using System.Globalization;
using System.Text;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>A batch as text, one line a record, independent of symbol numbers and of where rows lie: two batches with one dump hold the same telemetry.</summary>
internal static class TelemetryDump
{
    public static string Of(SpanBatch batch)
    {
        var text = new StringBuilder();
        for (int row = 0; row < batch.Count; row++)
        {
            var span = batch[row];
            text.Append(CultureInfo.InvariantCulture, $"span {span.TraceId} {span.SpanId} < {span.ParentId} {span.StartUnixNano}+{span.DurationNano} {span.Kind} {span.Status}")
                .Append(CultureInfo.InvariantCulture, $" flags {batch.Flags[row]} name {Symbol(batch, batch.Names[row])} message {Text(batch, batch.StatusMessages[row])}")
                .Append(CultureInfo.InvariantCulture, $" state {Text(batch, batch.TraceStates[row])}{Owner(batch, batch.ResourceRows[row], batch.ScopeRows[row])}{Attributes(batch, span.Attributes)}\n");
            for (int i = batch.EventRows[row].Start; i < batch.EventRows[row].End; i++)
            {
                var item = batch.Events[i];
                text.Append(CultureInfo.InvariantCulture, $"  event {item.TimeUnixNano} {Symbol(batch, item.Name)}{Attributes(batch, item.Attributes)}\n");
            }

            for (int i = batch.LinkRows[row].Start; i < batch.LinkRows[row].End; i++)
            {
                var link = batch.Links[i];
                text.Append(CultureInfo.InvariantCulture, $"  link {link.TraceId} {link.SpanId} {Text(batch, link.TraceState)}{Attributes(batch, link.Attributes)}\n");
            }
        }

        return text.ToString();
    }

    public static string Of(LogBatch batch)
    {
        var text = new StringBuilder();
        foreach (var log in batch.Logs.Span)
        {
            text.Append(CultureInfo.InvariantCulture, $"log {log.TimeUnixNano} {log.ObservedTimeUnixNano} {log.TraceId} {log.SpanId} {log.Flags} {log.SeverityNumber} {Symbol(batch, log.SeverityText)}")
                .Append(CultureInfo.InvariantCulture, $" {Symbol(batch, log.EventName)} {log.BodyKind} {Convert.ToHexString(batch.Text[log.Body])}")
                .Append(CultureInfo.InvariantCulture, $"{Owner(batch, log.Resource, log.Scope)}{Attributes(batch, log.Attributes)}\n");
        }

        return text.ToString();
    }

    public static string Of(MetricBatch batch)
    {
        var text = new StringBuilder();
        foreach (var point in batch.Numbers.Span)
        {
            text.Append(CultureInfo.InvariantCulture, $"number {point.IsInt} {point.Int} {point.Double:R}{Point(batch, point.Point)}\n");
        }

        foreach (var point in batch.Histograms.Span)
        {
            text.Append(CultureInfo.InvariantCulture, $"histogram {point.Count} {point.Sum:R} {point.Min:R} {point.Max:R} {Counts(batch, point.Buckets)} {Doubles(batch, point.Bounds)}{Point(batch, point.Point)}\n");
        }

        foreach (var point in batch.ExponentialHistograms.Span)
        {
            text.Append(CultureInfo.InvariantCulture, $"exponential {point.Count} {point.Sum:R} {point.Min:R} {point.Max:R} {point.Scale} {point.ZeroCount} {point.ZeroThreshold:R}")
                .Append(CultureInfo.InvariantCulture, $" {point.PositiveOffset} {Counts(batch, point.PositiveBuckets)} {point.NegativeOffset} {Counts(batch, point.NegativeBuckets)}{Point(batch, point.Point)}\n");
        }

        foreach (var point in batch.Summaries.Span)
        {
            text.Append(CultureInfo.InvariantCulture, $"summary {point.Count} {point.Sum:R} {Doubles(batch, point.Quantiles)}{Point(batch, point.Point)}\n");
        }

        return text.ToString();
    }

    public static string Attributes(TelemetryBatch batch, RowRange rows)
    {
        var text = new StringBuilder(" {");
        for (int row = rows.Start; row < rows.End; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {Symbol(batch, batch.Attributes.Key(row))}={batch.Attributes.Kind(row)}:{batch.Attributes.GetString(row)};");
        }

        return text.Append(" }").ToString();
    }

    public static string Owner(TelemetryBatch batch, int resourceRow, int scopeRow)
    {
        var resource = batch.Resources[resourceRow];
        var scope = batch.Scopes[scopeRow];
        return $" resource {Symbol(batch, resource.ServiceName)} {Symbol(batch, resource.ServiceVersion)} {Symbol(batch, resource.ServiceInstance)} {Symbol(batch, resource.SchemaUrl)}{Attributes(batch, resource.Attributes)}"
            + $" scope {Symbol(batch, scope.Name)} {Symbol(batch, scope.Version)} {Symbol(batch, scope.SchemaUrl)}{Attributes(batch, scope.Attributes)}";
    }

    public static string Symbol(TelemetryBatch batch, int symbol) => $"'{batch.Symbols.GetString(symbol)}'";

    public static string Text(TelemetryBatch batch, TextRef text) => $"'{batch.Text.GetString(text)}'";

    private static string Point(MetricBatch batch, PointRow point)
    {
        var metric = batch.Metrics[point.Metric];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $" of {Symbol(batch, metric.Name)} {Symbol(batch, metric.Description)} {Symbol(batch, metric.Unit)} {metric.Kind} {metric.Temporality} {metric.IsMonotonic}")
            .Append(CultureInfo.InvariantCulture, $" {point.StartUnixNano} {point.TimeUnixNano} {point.Flags}{Owner(batch, metric.Resource, metric.Scope)}{Attributes(batch, point.Attributes)}");
        for (int row = point.Exemplars.Start; row < point.Exemplars.End; row++)
        {
            var exemplar = batch.Exemplars[row];
            text.Append(CultureInfo.InvariantCulture, $"\n  exemplar {exemplar.TimeUnixNano} {exemplar.Value:R} {exemplar.TraceId} {exemplar.SpanId}{Attributes(batch, exemplar.Attributes)}");
        }

        return text.ToString();
    }

    private static string Counts(MetricBatch batch, RowRange rows) => "[" + string.Join(',', batch.Counts.Span.Slice(rows.Start, rows.Count).ToArray()) + "]";

    private static string Doubles(MetricBatch batch, RowRange rows) =>
        "[" + string.Join(',', batch.Doubles.Span.Slice(rows.Start, rows.Count).ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture))) + "]";
}

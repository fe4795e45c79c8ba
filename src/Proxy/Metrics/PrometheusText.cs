using System.Globalization;
using System.Text;

namespace MeshInsight.Proxy.Metrics;

/// <summary>
/// Writes the Prometheus text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), or OpenMetrics 1.0.0
/// (https://prometheus.io/docs/specs/om/open_metrics_spec/), which has exemplars.
/// </summary>
internal sealed class PrometheusText(bool isOpenMetrics = false)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const string CounterSuffix = "_total";

    private readonly StringBuilder _text = new();

    /// <summary>Starts a family; its samples follow before the next.</summary>
    public void Family(MetricInfo info) => Family(info.Name, info.PrometheusType, info.Description);

    /// <inheritdoc cref="Family(MetricInfo)"/>
    public void Family(string name, string type, string help)
    {
        help = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        if (isOpenMetrics)
        {
            help = help.Replace("\"", "\\\"", StringComparison.Ordinal);
            if (type == "counter")
            {
                // A counter's family is named without its suffix. Envoy's names have none, and keep what dashboards know them by.
                (name, type) = name.EndsWith(CounterSuffix, StringComparison.Ordinal) ? (name[..^CounterSuffix.Length], type) : (name, "unknown");
            }
        }

        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
    }

    /// <param name="labels">As <see cref="Labels"/> wrote them; empty for none.</param>
    public void Sample(string name, string labels, double value)
    {
        Line(name, labels, value);
        _text.Append('\n');
    }

    /// <summary>A family of one sample without labels.</summary>
    public void Single(MetricInfo info, double value)
    {
        Family(info);
        Sample(info.Name, "", value);
    }

    public void Histogram(string name, string labels, FixedHistogram histogram)
    {
        string before = labels.Length > 0 ? labels + "," : "";
        long count = 0;
        for (int bucket = 0; bucket <= FixedHistogram.UpperBounds.Length; bucket++)
        {
            count += histogram.CountOf(bucket);
            Line(name + "_bucket", $"{before}le=\"{Bound(bucket)}\"", count);
            if (isOpenMetrics && histogram.TryGetExemplar(bucket, out var exemplar, out double value))
            {
                Exemplar(exemplar, value);
            }

            _text.Append('\n');
        }

        // The same pass gave both, so that +Inf equals the count whatever is added meanwhile.
        Sample(name + "_sum", labels, histogram.Sum);
        Sample(name + "_count", labels, count);
    }

    public static string Labels(IEnumerable<KeyValuePair<string, string>> labels) =>
        string.Join(',', labels.Select(l => $"{l.Key}=\"{Escape(l.Value)}\""));

    /// <summary>The whole page.</summary>
    public override string ToString() => isOpenMetrics ? _text + "# EOF\n" : _text.ToString();

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    // OpenMetrics wants bounds as floating point numbers.
    private string Bound(int bucket) =>
        bucket == FixedHistogram.UpperBounds.Length ? "+Inf"
        : FixedHistogram.UpperBounds[bucket].ToString(isOpenMetrics ? "0.0###" : "R", CultureInfo.InvariantCulture);

    private void Line(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture));
    }

    private void Exemplar(in Exemplar exemplar, double value) => _text.Append(
        CultureInfo.InvariantCulture,
        $" # {{trace_id=\"{exemplar.TraceId}\",span_id=\"{exemplar.SpanId}\"}} {value:R} {exemplar.UnixNanos / 1_000_000_000}.{exemplar.UnixNanos / 1_000_000 % 1000:000}");
}

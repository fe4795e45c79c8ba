using System.Globalization;
using System.Text;

namespace MeshInsight.Proxy.Observe;

/// <summary>Writes the Prometheus text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Starts a family; its samples follow before the next.</summary>
    public void Family(string name, string type, string help) =>
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n# TYPE {name} {type}\n");

    /// <param name="labels">As <see cref="Labels"/> wrote them; empty for none.</param>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    public void Histogram(string name, string labels, FixedHistogram histogram)
    {
        string before = labels.Length > 0 ? labels + "," : "";
        long count = 0;
        for (int bucket = 0; bucket <= FixedHistogram.UpperBounds.Length; bucket++)
        {
            count += histogram.CountOf(bucket);
            string bound = bucket < FixedHistogram.UpperBounds.Length
                ? FixedHistogram.UpperBounds[bucket].ToString("R", CultureInfo.InvariantCulture)
                : "+Inf";
            Sample(name + "_bucket", $"{before}le=\"{bound}\"", count);
        }

        // The same pass gave both, so that +Inf equals the count whatever is added meanwhile.
        Sample(name + "_sum", labels, histogram.Sum);
        Sample(name + "_count", labels, count);
    }

    public static string Labels(IEnumerable<KeyValuePair<string, string>> labels) =>
        string.Join(',', labels.Select(l => $"{l.Key}=\"{Escape(l.Value)}\""));

    public override string ToString() => _text.ToString();

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

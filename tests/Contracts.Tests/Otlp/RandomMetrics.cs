using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Metric batches with points of every kind.</summary>
internal sealed class RandomMetrics(Random random)
{
    private readonly RandomTelemetry _telemetry = new(random);

    public MetricBatch Metrics(int count)
    {
        var batch = new MetricBatch();
        int resource = _telemetry.Resource(batch);
        int[] scopes = [_telemetry.Scope(batch), _telemetry.Scope(batch)];
        foreach (var kind in Enum.GetValues<MetricKind>())
        {
            for (int i = 0; i < count; i++)
            {
                Metric(batch, kind, resource, scopes[random.Next(2)]);
            }
        }

        return batch;
    }

    private void Metric(MetricBatch batch, MetricKind kind, int resource, int scope)
    {
        bool hasTemporality = kind is MetricKind.Sum or MetricKind.Histogram or MetricKind.ExponentialHistogram;
        var temporality = hasTemporality ? (Temporality)random.Next(3) : default;
        int row = batch.Metrics.Count;
        batch.Metrics.Add(new(
            batch.Symbols.Add("metric." + row),
            batch.Symbols.Add(_telemetry.Text()),
            batch.Symbols.Add("ms"),
            kind,
            temporality,
            kind == MetricKind.Sum && random.Next(2) == 0,
            resource,
            scope));
        for (int points = random.Next(1, 4); points > 0; points--)
        {
            AddPoint(batch, kind, row);
        }
    }

    private void AddPoint(MetricBatch batch, MetricKind kind, int row)
    {
        var attributes = _telemetry.Attributes(batch);
        var exemplars = kind == MetricKind.Summary ? default : Exemplars(batch);
        var point = new PointRow(row, random.NextInt64(), random.NextInt64(), (uint)random.Next(2), attributes, exemplars);
        switch (kind)
        {
            case MetricKind.Gauge or MetricKind.Sum when point.Flags == 1:
                batch.Numbers.Add(new(point, false, 0, 0));
                break;
            case MetricKind.Gauge or MetricKind.Sum when random.Next(2) == 0:
                batch.Numbers.Add(new(point, true, random.NextInt64(long.MinValue, long.MaxValue), 0));
                break;
            case MetricKind.Gauge or MetricKind.Sum:
                batch.Numbers.Add(new(point, false, 0, Number()));
                break;
            case MetricKind.Histogram:
                int bounds = random.Next(5);
                batch.Histograms.Add(new(point, Count(), Optional(), Optional(), Optional(), Counts(batch, bounds == 0 ? 0 : bounds + 1), Doubles(batch, bounds)));
                break;
            case MetricKind.ExponentialHistogram:
                batch.ExponentialHistograms.Add(new(
                    point,
                    Count(),
                    Optional(),
                    Optional(),
                    Optional(),
                    random.Next(-10, 21),
                    Count(),
                    Number(),
                    random.Next(int.MinValue, int.MaxValue),
                    Counts(batch, random.Next(5)),
                    random.Next(-100, 100),
                    Counts(batch, random.Next(5))));
                break;
            default:
                batch.Summaries.Add(new(point, Count(), Number(), Doubles(batch, 2 * random.Next(4))));
                break;
        }
    }

    private double Number() => random.NextDouble() * Math.Pow(10, random.Next(-20, 20));

    private double Optional() => random.Next(3) == 0 ? double.NaN : Number();

    private ulong Count() => (ulong)random.NextInt64() >> random.Next(64);

    private RowRange Counts(MetricBatch batch, int count)
    {
        int first = batch.Counts.Count;
        for (int i = 0; i < count; i++)
        {
            batch.Counts.Add(Count());
        }

        return new(first, count);
    }

    private RowRange Doubles(MetricBatch batch, int count)
    {
        int first = batch.Doubles.Count;
        for (int i = 0; i < count; i++)
        {
            batch.Doubles.Add(Number());
        }

        return new(first, count);
    }

    private RowRange Exemplars(MetricBatch batch)
    {
        int first = batch.Exemplars.Count;
        for (int count = random.Next(3); count > 0; count--)
        {
            batch.Exemplars.Add(new(random.NextInt64(), Number(), _telemetry.TraceId(), _telemetry.SpanId(), _telemetry.Attributes(batch)));
        }

        return new(first, batch.Exemplars.Count - first);
    }
}

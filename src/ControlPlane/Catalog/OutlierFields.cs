using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>outlierDetection</c> of a TrafficPolicy: Istio's names, Envoy's defaults.</summary>
internal static class OutlierFields
{
    public static OutlierConfig Read(FieldReader reader)
    {
        var outlier = new OutlierConfig(
            reader.Integer("consecutive5xxErrors", 0, 100_000, 5),
            reader.Integer("consecutiveGatewayErrors", 0, 100_000, 0),
            reader.PositiveDuration("interval", TimeSpan.FromSeconds(10)),
            reader.PositiveDuration("baseEjectionTime", TimeSpan.FromSeconds(30)),
            reader.PositiveDuration("maxEjectionTime", TimeSpan.FromSeconds(300)),
            reader.Integer("maxEjectionPercent", 0, 100, 10),
            reader.Map("successRate") is { } rate ? ReadSuccessRate(rate) : null,
            reader.Map("failurePercentage") is { } percentage ? ReadFailurePercentage(percentage) : null);
        if (outlier.MaxEjectionTime < outlier.BaseEjectionTime)
        {
            reader.Problem("maxEjectionTime", "must not be shorter than baseEjectionTime.");
        }

        reader.Finish();
        return outlier;
    }

    private static SuccessRateConfig ReadSuccessRate(FieldReader reader)
    {
        var config = new SuccessRateConfig(
            reader.Number("stdevFactor", 0, 10, 1.9, aboveMinimum: true),
            reader.Integer("minimumHosts", 2, 100_000, 5),
            reader.Integer("requestVolume", 1, int.MaxValue, 100));
        reader.Finish();
        return config;
    }

    private static FailurePercentageConfig ReadFailurePercentage(FieldReader reader)
    {
        var config = new FailurePercentageConfig(
            reader.Integer("threshold", 1, 100, 85),
            reader.Integer("minimumHosts", 1, 100_000, 5),
            reader.Integer("requestVolume", 1, int.MaxValue, 50));
        reader.Finish();
        return config;
    }
}

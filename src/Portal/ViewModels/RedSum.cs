using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Adds RED figures up. Counts add exactly; of quantiles without their sketches only the greatest is a safe thing to say, so that is what the sum carries.</summary>
public static class RedSum
{
    public static Red Of(IEnumerable<Red> parts)
    {
        var sum = Red.None;
        double millis = 0;
        foreach (var part in parts)
        {
            if (part.Requests == 0)
            {
                continue;
            }

            millis += part.MeanMillis * part.Requests;
            sum = new Red(
                sum.Requests + part.Requests,
                sum.Errors + part.Errors,
                Greater(sum.P50Millis, part.P50Millis),
                Greater(sum.P95Millis, part.P95Millis),
                Greater(sum.P99Millis, part.P99Millis),
                0);
        }

        return sum.Requests == 0 ? Red.None : sum with { MeanMillis = millis / sum.Requests };
    }

    private static double Greater(double left, double right) => double.IsNaN(left) ? right : double.IsNaN(right) ? left : Math.Max(left, right);
}

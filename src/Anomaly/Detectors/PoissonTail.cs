using MathNet.Numerics;

namespace MeshInsight.Anomaly.Detectors;

internal static class PoissonTail
{
    /// <returns>P(X ≥ count) for X ~ Poisson(mean); 1 for a count of zero.</returns>
    public static double AtLeast(long count, double mean) =>
        count <= 0 ? 1 : mean <= 0 ? 0 : SpecialFunctions.GammaLowerRegularized(count, mean);
}

namespace MeshInsight.Anomaly.Comparisons;

/// <summary>
/// Sequential test of "an event is no more likely in the canary than in the stable arm".
/// <para>
/// Given that an event happened in a block, under equal rates it is the canary's with probability p0 = n_c / (n_c + n_s), whatever the
/// rate was: the load, the hour and a shared fault cancel. Each block multiplies the likelihood ratio of "the canary's rate is r times
/// the stable one" against r = tolerance, averaged over r; the product has expectation at most 1 while the canary is no worse, so the
/// chance that it ever reaches 1 / alpha is at most alpha (Ville 1939), however often one looks. Requests are drawn without replacement,
/// which only lowers the expectation of this convex function (Hoeffding 1963, theorem 4).
/// </para>
/// </summary>
/// <param name="tolerance">Rate ratio that is still no harm; 1 or more.</param>
internal sealed class ConditionalEProcess(double tolerance)
{
    /// <summary>Alternatives, as multiples of the tolerance.</summary>
    private static readonly double[] Ratios = [1.5, 2, 3, 5, 10];

    private readonly double[] _logRatios = new double[Ratios.Length];

    /// <summary>Running log likelihood ratios, one per alternative; enough to go on after a restart.</summary>
    public IReadOnlyList<double> State => _logRatios;

    public void Restore(IReadOnlyList<double> state)
    {
        for (int i = 0; i < _logRatios.Length && i < state.Count; i++)
        {
            _logRatios[i] = state[i];
        }
    }

    public void Add(long stableRequests, long canaryRequests, long stableEvents, long canaryEvents)
    {
        // A block without requests in one arm says nothing about a ratio.
        if (stableRequests <= 0 || canaryRequests <= 0 || stableEvents + canaryEvents == 0)
        {
            return;
        }

        double odds = tolerance * canaryRequests / stableRequests;
        for (int i = 0; i < Ratios.Length; i++)
        {
            double canary = Ratios[i] * (1 + odds) / (1 + (Ratios[i] * odds));
            double stable = (1 + odds) / (1 + (Ratios[i] * odds));
            _logRatios[i] += (canaryEvents * Math.Log(canary)) + (stableEvents * Math.Log(stable));
        }
    }

    /// <param name="dispersion">Events per independent cause, at least 1: bursts count as one event.</param>
    /// <returns>The e-value; 1 says nothing, large says harm, towards 0 says the canary is no worse.</returns>
    public double EValue(double dispersion)
    {
        double sum = 0;
        foreach (double logRatio in _logRatios)
        {
            // Past e^700 a double ends; such evidence needs no more digits.
            sum += Math.Exp(Math.Min(600, logRatio / dispersion));
        }

        return sum / Ratios.Length;
    }
}

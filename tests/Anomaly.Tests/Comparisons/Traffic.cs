using MeshInsight.Anomaly.Comparisons;

namespace MeshInsight.Anomaly.Tests.Comparisons;

/// <summary>Seeded traffic of two arms with a known truth.</summary>
internal sealed class Traffic(Random random)
{
    public ArmBlock Second(double rate, double errorShare, double slowShare)
    {
        int requests = Poisson(rate);
        return new(requests, Binomial(requests, errorShare), Binomial(requests, slowShare));
    }

    /// <summary>Errors that come in bursts of geometric size with the given mean; the share over time is the same.</summary>
    public ArmBlock BurstySecond(double rate, double errorShare, double meanBurst)
    {
        int requests = Poisson(rate);
        int errors = 0;
        for (int bursts = Poisson(rate * errorShare / meanBurst); bursts > 0; bursts--)
        {
            int size = 1;
            while (random.NextDouble() > 1 / meanBurst)
            {
                size++;
            }

            errors += size;
        }

        return new(requests, Math.Min(errors, requests), 0);
    }

    public int Binomial(int count, double share)
    {
        int hits = 0;
        for (int i = 0; i < count; i++)
        {
            hits += random.NextDouble() < share ? 1 : 0;
        }

        return hits;
    }

    private int Poisson(double mean)
    {
        double limit = Math.Exp(-mean);
        double product = random.NextDouble();
        int count = 0;
        while (product > limit)
        {
            product *= random.NextDouble();
            count++;
        }

        return count;
    }
}

namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Where a value lies among recent ones of its kind: a fading histogram over 5 % steps of the value. With it scores of any unit and shape compare: what
/// counts is how rare something so large is.
/// </summary>
/// <remarks>
/// Fenwick tree (Software: Practice and Experience 24(3), 1994) under weights that grow instead of entries that shrink (forward decay: Cormode et al., ICDE
/// 2009). O(log bins).
/// </remarks>
internal sealed class RankScale
{
    private const int Bins = 512;
    private const double BinsPerE = 20;

    /// <summary>Values after which an old one counts half.</summary>
    private const double HalfLife = 8192;
    private const double HeaviestWeight = 1e100;

    private static readonly double s_growth = Math.Pow(2, 1 / HalfLife);
    private readonly double[] _tree = new double[Bins + 1];
    private double _weight = 1;
    private double _total;

    /// <summary>The share of recent values above the value's bin, and the share including the bin. Zero and less is the lowest bin.</summary>
    /// <remarks>One more value than were seen counts into the bin: the first of a kind is not infinitely rare.</remarks>
    public (double From, double To) TailOf(double value)
    {
        int bin = BinOf(value);
        double total = _total + (2 * _weight);
        double including = _total - Below(bin) + _weight;
        double above = _total - Below(bin + 1);
        return (Math.Max(0, above / total), Math.Min(1, including / total));
    }

    public void Add(double value)
    {
        for (int i = BinOf(value) + 1; i <= Bins; i += i & -i)
        {
            _tree[i] += _weight;
        }

        _total += _weight;
        _weight *= s_growth;
        if (_weight > HeaviestWeight)
        {
            for (int i = 1; i <= Bins; i++)
            {
                _tree[i] /= _weight;
            }

            _total /= _weight;
            _weight = 1;
        }
    }

    private static int BinOf(double value) => value > 0 ? Math.Clamp((int)((Bins / 2) + (BinsPerE * Math.Log(value))), 1, Bins - 1) : 0;

    private double Below(int bin)
    {
        double sum = 0;
        for (int i = bin; i > 0; i &= i - 1)
        {
            sum += _tree[i];
        }

        return sum;
    }
}

namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// One view's wish to keep a trace: with certainty when it is among the most unusual ones, and falling with the cube of its rank beyond them, so that two
/// thirds of what the view may spend go to the tip and one to the slope below it.
/// </summary>
internal static class RankClaim
{
    /// <summary>Mean of min(1, (tip / q)³) over the ranks q of the trace's bin: equally unusual traces share what their ranks are due.</summary>
    /// <param name="tail">Of <see cref="RankScale.TailOf"/>.</param>
    /// <param name="share">Part of all traces that the view may keep.</param>
    public static double Probability((double From, double To) tail, double share)
    {
        double tip = share * 2 / 3;
        double width = tail.To - tail.From;
        return width <= 0 || tip <= 0 ? 0 : Math.Clamp((Area(tail.To, tip) - Area(tail.From, tip)) / width, 0, 1);
    }

    private static double Area(double rank, double tip) => rank <= tip ? rank : (1.5 * tip) - (tip * tip * tip / (2 * rank * rank));
}

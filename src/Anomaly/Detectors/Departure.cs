using MeshInsight.Contracts.Findings;

namespace MeshInsight.Anomaly.Detectors;

/// <summary>What one second says about one signal.</summary>
/// <param name="Tail">Probability of the window under the baseline; 1 when there is nothing to see.</param>
/// <param name="IsUsual">This second alone looks like the baseline.</param>
internal readonly record struct Sign(double Tail, long Since, double Observed, double Expected, bool IsUsual);

/// <summary>
/// usual → departed: the tail falls below the alarm probability.
/// departed → usual: enough usual seconds with traffic in a row, or silence for long.
/// </summary>
internal sealed class Departure(SignalKind signal, RedDetectorOptions options)
{
    private int _usualSeconds;
    private int _silentSeconds;

    /// <summary>Null while usual.</summary>
    public Detection? Current { get; private set; }

    /// <summary>The change this second makes, or null.</summary>
    public Detection? Next(Sign sign, long second, long requests)
    {
        _silentSeconds = requests == 0 ? _silentSeconds + 1 : 0;
        if (sign.Tail <= options.AlarmProbability)
        {
            _usualSeconds = 0;
            double confidence = Math.Max(Current?.Confidence ?? 0, Confidence(sign.Tail));
            return Current = new(signal, true, Current?.SinceUnixSeconds ?? sign.Since, confidence, sign.Observed, sign.Expected);
        }

        if (Current is null)
        {
            return null;
        }

        _usualSeconds = requests == 0 ? _usualSeconds : sign.IsUsual ? _usualSeconds + 1 : 0;
        if (_usualSeconds < options.RecoverySeconds && _silentSeconds < options.SilenceSeconds)
        {
            return null;
        }

        var ended = Current with { IsActive = false, Observed = sign.Observed };
        Current = null;
        _usualSeconds = 0;
        return ended;
    }

    private double Confidence(double tail)
    {
        double digits = -Math.Log10(Math.Max(tail, 1e-300)) / -Math.Log10(options.AlarmProbability);
        return 1 - Math.Pow(0.1, digits);
    }
}

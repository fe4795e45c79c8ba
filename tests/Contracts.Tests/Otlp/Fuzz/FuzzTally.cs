using MeshInsight.Contracts.Otlp;

namespace MeshInsight.Contracts.Tests.Otlp.Fuzz;

/// <summary>What became of the payloads, so that one sees whether they reached anything.</summary>
internal sealed class FuzzTally
{
    // Below, what a new batch has from the start hides what the payload costs.
    private const int WorthMeasuring = 1024;

    /// <summary>Whole.</summary>
    public long Accepted { get; private set; }

    public long Partly { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Bodies that are no gzip, or too large.</summary>
    public long Uninflatable { get; set; }

    /// <summary>Bytes allocated per byte of a payload of at least a kilobyte, at most.</summary>
    public double MostPerByte { get; private set; }

    public void Add(in OtlpDecodeResult result)
    {
        Accepted += result is { Ok: true, Rejected: 0 } ? 1 : 0;
        Partly += result is { Ok: true, Rejected: > 0 } ? 1 : 0;
        Refused += result.Ok ? 0 : 1;
    }

    public void AddMemory(long allocated, int length)
    {
        if (length >= WorthMeasuring)
        {
            MostPerByte = Math.Max(MostPerByte, (double)allocated / length);
        }
    }

    public void Add(FuzzTally other)
    {
        Accepted += other.Accepted;
        Partly += other.Partly;
        Refused += other.Refused;
        Uninflatable += other.Uninflatable;
        MostPerByte = Math.Max(MostPerByte, other.MostPerByte);
    }
}

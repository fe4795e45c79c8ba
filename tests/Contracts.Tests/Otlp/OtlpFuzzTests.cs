using MeshInsight.Contracts.Tests.Otlp.Fuzz;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>A part of what `./mesh bench fuzz` runs.</summary>
public sealed class OtlpFuzzTests
{
    private const int Payloads = 40_000;

    [Fact]
    public void Decode_MutatedRequests_AreTakenOrRefusedWithinTheirMemory()
    {
        var fuzz = new OtlpFuzz();

        for (int seed = 1; seed <= Payloads; seed++)
        {
            fuzz.Run(seed);
        }

        // The mutations reach the decoders' depth: none of the outcomes is rare.
        var tally = fuzz.Tally;
        Assert.All([tally.Accepted, tally.Partly, tally.Refused, tally.Uninflatable], count => Assert.InRange(count, Payloads / 1000, Payloads));
        Assert.InRange(tally.MostPerByte, 1, OtlpFuzz.Multiple + (OtlpFuzz.Allowance / 1024));
    }
}

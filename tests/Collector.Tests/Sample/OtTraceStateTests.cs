using System.Text;
using MeshInsight.Anomaly.Sampling;
using MeshInsight.Collector.Sample;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests.Sample;

public sealed class OtTraceStateTests
{
    private static OtTraceState Read(string state) => OtTraceState.Read(Encoding.UTF8.GetBytes(state));

    private static string Write(string state, ulong? threshold)
    {
        var output = new byte[state.Length + OtTraceState.LongestGrowth];
        return Encoding.UTF8.GetString(output, 0, OtTraceState.Write(Encoding.UTF8.GetBytes(state), threshold, output));
    }

    [Theory]
    [InlineData("", null, false, null)]
    [InlineData("ot=th:0", 0ul, false, null)]
    [InlineData("ot=th:c", 0xc0000000000000ul, false, null)]
    [InlineData("vendor=x, ot=th:fd70a4;rv:0123456789abcd", 0xfd70a400000000ul, false, 0x0123456789abcdul)]
    [InlineData("ot=rv:0123456789abcd;k:v", null, false, 0x0123456789abcdul)]
    [InlineData("ot=th:xyz", null, true, null)]
    [InlineData("ot=th:", null, true, null)]
    [InlineData("ot=th:123456789012345", null, true, null)]
    [InlineData("ot=rv:12", null, false, null)]
    [InlineData("other=th:c", null, false, null)]
    public void Read_FindsThresholdAndRandomness(string state, ulong? threshold, bool unknown, ulong? randomness) =>
        Assert.Equal(new OtTraceState(threshold, unknown, randomness), Read(state));

    [Theory]
    [InlineData("", 0ul, "ot=th:0")]
    [InlineData("a=1,b=2", 0xc0000000000000ul, "ot=th:c,a=1,b=2")]
    [InlineData("a=1,ot=th:8;rv:0123456789abcd,b=2", 0xc0000000000000ul, "ot=th:c;rv:0123456789abcd,a=1,b=2")]
    [InlineData("a=1,ot=th:8,b=2", null, "a=1,b=2")]
    [InlineData("ot=th:8;rv:0123456789abcd", null, "ot=rv:0123456789abcd")]
    [InlineData("", null, "")]
    public void Write_ReplacesTheThresholdAndKeepsTheRest(string state, ulong? threshold, string expected) => Assert.Equal(expected, Write(state, threshold));

    [Fact]
    public void Write_ThenRead_GivesTheThresholdBack() => Property.ForAll(300, random =>
    {
        string state = string.Join(',', Enumerable.Range(0, random.Next(5)).Select(i => $"k{i}={new string('x', random.Next(40))}"));
        ulong threshold = ConsistentSampling.Threshold(random.NextDouble());

        string written = Write(state, threshold);

        Assert.Equal(threshold, Read(written).Threshold);
        Assert.Equal(written, Write(written, threshold));
    });

    [Fact]
    public void Write_AnyGarbage_StaysWithinItsPromise() => Property.ForAll(300, random =>
    {
        byte[] state = new byte[random.Next(600)];
        random.NextBytes(state);
        foreach (byte separator in ",;=:"u8)
        {
            for (int i = 0; i < state.Length / 10; i++)
            {
                state[random.Next(state.Length)] = separator;
            }
        }

        var output = new byte[state.Length + OtTraceState.LongestGrowth];
        Assert.InRange(OtTraceState.Write(state, 0x80000000000000, output), 0, output.Length);
    });
}

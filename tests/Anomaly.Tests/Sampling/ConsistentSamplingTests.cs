using MeshInsight.Anomaly.Sampling;
using MeshInsight.Testing;

namespace MeshInsight.Anomaly.Tests.Sampling;

public class ConsistentSamplingTests
{
    // The examples of the OpenTelemetry specification.
    [Theory]
    [InlineData(1, "0")]
    [InlineData(0.5, "8")]
    [InlineData(0.25, "c")]
    [InlineData(0.01, "fd70a")]
    public void Text_KnownProbability_IsTheSpecifications(double probability, string text) =>
        Assert.Equal(text, ConsistentSampling.Text(ConsistentSampling.Threshold(probability)));

    [Fact]
    public void TryRead_WhatTextWrote_IsTheSameThreshold() => Property.ForAll(200, random =>
    {
        ulong threshold = ConsistentSampling.Threshold(random.NextDouble());
        Assert.True(ConsistentSampling.TryRead(ConsistentSampling.Text(threshold), out ulong read));
        Assert.Equal(threshold, read);
        Assert.InRange(ConsistentSampling.Probability(threshold), ConsistentSampling.LeastProbability, 1);
    });

    [Theory]
    [InlineData("")]
    [InlineData("xyz")]
    [InlineData("123456789abcdef")]
    [InlineData("-1")]
    public void TryRead_NotAThreshold_IsFalse(string text) => Assert.False(ConsistentSampling.TryRead(text, out _));

    [Fact]
    public void Keep_UniformRandomness_KeepsTheShare()
    {
        var random = new Random(5);
        ulong threshold = ConsistentSampling.Threshold(0.1);
        int kept = Enumerable.Range(0, 100_000).Count(_ => ConsistentSampling.Keep((ulong)random.NextInt64(1L << 56), threshold));
        Assert.InRange(kept, 9_600, 10_400);
    }
}

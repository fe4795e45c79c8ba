using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Tests.Detect;

public sealed class FindingDetectorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void HealthyTraffic_ForHalfAnHour_RaisesNothing(int seed)
    {
        var bench = new DetectBench(seed) { Rate = 40 };

        bench.Run(1800);

        Assert.Empty(bench.Findings);
    }

    [Fact]
    public void Silence_RaisesNothing()
    {
        var bench = new DetectBench { Rate = 0 };

        bench.Run(600);

        Assert.Empty(bench.Findings);
    }

    [Fact]
    public void TrafficThatStartsBad_HasAWarmUpToGoBy()
    {
        var bench = new DetectBench { Noise = 0.3 };

        bench.Run(15);

        Assert.Empty(bench.Findings);
    }

    [Fact]
    public void TooLittleTraffic_RaisesNothing()
    {
        var bench = new DetectBench { Rate = 0.5 };
        bench.Run(120);
        bench.Failures[("checkout", "v1")] = 0.5;

        bench.Run(8);

        Assert.Empty(bench.Findings);
    }

    [Fact]
    public void Dependency_ThatFails_IsNamedAsTheCauseOfEverySymptom()
    {
        var bench = new DetectBench();
        bench.Run(60);
        bench.Failures[("payment", "v1")] = 0.2;

        bench.Run(4);

        Assert.Contains(bench.Active, f => f.Subject == new Subject(SubjectScope.Service, "shop"));
        Assert.All(bench.Active, f =>
        {
            Assert.Equal(SignalKind.Errors, f.Signal);
            Assert.Equal("payment", f.Causes[0].Subject.Service);
            Assert.True(f.Confidence >= 0.9);
            Assert.InRange(f.Causes.Sum(c => c.Score), 0, 1.0001);
        });
    }

    [Fact]
    public void Canary_ThatFails_IsFoundWithinSecondsAndNamedByVersion()
    {
        var bench = new DetectBench { Rate = 200, CanaryShare = 0.1 };
        bench.Run(60);
        bench.Failures[("checkout", "v2")] = 0.2;

        bench.Run(5);

        var finding = bench.Active.Single(f => f.Subject == new Subject(SubjectScope.Version, "checkout", "v2"));
        Assert.Equal(new Subject(SubjectScope.Version, "checkout", "v2"), finding.Causes[0].Subject);
        Assert.Contains("of requests fail, usually", finding.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Active, f => f.Subject == new Subject(SubjectScope.Version, "checkout", "v1"));
    }

    [Fact]
    public void Instance_ThatTurnsSlow_IsFoundByLatency()
    {
        var bench = new DetectBench();
        bench.Run(60);
        bench.Slowness["checkout-v1-2"] = 300;

        bench.Run(8);

        var finding = bench.Active.Single(f => f.Subject.Instance == "checkout-v1-2");
        Assert.Equal(SignalKind.Latency, finding.Signal);
        Assert.DoesNotContain(bench.Active, f => f.Subject.Instance == "checkout-v1-1");
        Assert.Equal("checkout", finding.Causes[0].Subject.Service);
    }

    [Fact]
    public void Finding_OverItsLife_KeepsItsIdAndEndsOnce()
    {
        var bench = new DetectBench();
        bench.Run(60);
        bench.Failures[("checkout", "v1")] = 0.3;
        bench.Run(30);
        bench.Failures.Clear();

        bench.Run(30);

        Assert.Empty(bench.Active);
        var reports = bench.Findings.Where(f => f.Subject == new Subject(SubjectScope.Service, "checkout")).ToList();
        Assert.Single(reports.Select(f => f.Id).Distinct());
        Assert.Single(reports.Select(f => f.Since).Distinct());
        Assert.Single(reports, f => !f.IsActive);
        Assert.False(reports[^1].IsActive);
        Assert.NotEmpty(reports[^1].Causes);
        Assert.InRange(reports.Count, 5, 14);
    }
}

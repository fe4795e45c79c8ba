using MeshInsight.Contracts.Limits;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Limits;
using MeshInsight.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.ControlPlane.Tests.Limits;

/// <summary>Buckets over the ends of the process that held them, by a clock moved by hand.</summary>
public sealed class LimitLedgerTests
{
    private static readonly LimitKey Red = LimitKey.Empty.With(0, "red");
    private static readonly LimitKey Blue = LimitKey.Empty.With(0, "blue");

    // One token in 10 s.
    private static string Limit(int burst) => $$"""
        apiVersion: meshinsight.io/v1
        kind: RateLimit
        metadata: { name: tenants }
        spec: { targetRefs: [{ kind: Service, name: checkout }], global: { requestsPerSecond: 0.1, burst: {{burst}}, key: [{ type: Header, name: X-Tenant }] } }
        """;

    private static LimitLedger Start(TempDirectory directory, TimeProvider clock, int burst = 10)
    {
        var catalog = new ResourceCatalog(directory.File("data"));
        Assert.Empty(catalog.Apply(Shop.Services + "\n---\n" + Limit(burst), dryRun: false).Problems);
        return new(catalog, new GrantJournal(directory.File("data"), clock, NullLogger.Instance), clock);
    }

    private static int Take(LimitLedger ledger, LimitKey key, int wanted) => ledger.Take("tenants", "checkout", key, wanted, out _);

    [Fact]
    public void Restart_FindsWhatWasLeftAndWhatHasComeBackSince()
    {
        using var directory = new TempDirectory();
        var clock = new ManualTimeProvider();
        using (var before = Start(directory, clock))
        {
            Assert.Equal(10, Take(before, Red, 10));
            Assert.Equal(3, Take(before, Blue, 3));
        }

        clock.Advance(TimeSpan.FromSeconds(21));
        using var after = Start(directory, clock);

        Assert.Equal(2, Take(after, Red, 10));
        Assert.Equal(0, after.Take("tenants", "checkout", Red, 1, out var retryAfter) + Take(after, Red, 1));
        Assert.Equal(TimeSpan.FromSeconds(9), retryAfter);
        Assert.Equal(9, Take(after, Blue, 10));
        Assert.Equal(10, Take(after, LimitKey.Empty.With(0, "green"), 20));
    }

    [Fact]
    public void Crash_AtAnyMoment_GivesNothingAgain()
    {
        using var directory = new TempDirectory();
        var clock = new ManualTimeProvider();
        // Never ended: what is in the file is what the system has of it.
        using var crashed = Start(directory, clock);
        int granted = 0;

        for (int i = 0; i < 5; i++)
        {
            granted += Take(crashed, Red, 3);
            using var copy = new TempDirectory();
            Directory.CreateDirectory(copy.File("data"));
            File.Copy(directory.File("data/limits.jsonl"), copy.File("data/limits.jsonl"));
            using var after = Start(copy, clock);
            Assert.Equal(10 - granted, Take(after, Red, 100));
        }

        Assert.Equal(10, granted);
    }

    [Fact]
    public void Restart_WithTheClockSetBackOrAnotherRate_RefusesNobodyForLong()
    {
        using var directory = new TempDirectory();
        var late = new ManualTimeProvider();
        late.Advance(TimeSpan.FromDays(300));
        using (var before = Start(directory, late))
        {
            Take(before, Red, 10);
        }

        var early = new ManualTimeProvider();
        using (var after = Start(directory, early))
        {
            Assert.Equal(0, Take(after, Red, 1));
            early.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(1, Take(after, Red, 10));
        }

        using var other = Start(directory, early, burst: 4);
        Assert.Equal(4, Take(other, Red, 10));
    }

    [Fact]
    public void ManyGrants_LeaveAFileOfWhatIsNotFull()
    {
        using var directory = new TempDirectory();
        var clock = new ManualTimeProvider();
        using (var ledger = Start(directory, clock))
        {
            Assert.Equal(10, Take(ledger, Red, 10));
            for (int i = 0; i < 41_000; i++)
            {
                clock.Advance(TimeSpan.FromMilliseconds(1));
                Take(ledger, LimitKey.Empty.With(0, "k" + i), 1);
            }
        }

        // A bucket is full again after 10 s, in which 10,000 others come; rewritten every 20,000 lines.
        Assert.InRange(File.ReadAllLines(directory.File("data/limits.jsonl")).Length, 1_000, 30_001);
        using var after = Start(directory, clock);
        Assert.Equal(4, Take(after, Red, 10));
    }

    [Fact]
    public void Disk_ThatTakesNothing_StopsNoGrant()
    {
        using var directory = new TempDirectory();
        var clock = new ManualTimeProvider();
        var catalog = new ResourceCatalog(directory.File("data"));
        Assert.Empty(catalog.Apply(Shop.Services + "\n---\n" + Limit(10), dryRun: false).Problems);
        // A folder stands where the file ought to be.
        Directory.CreateDirectory(directory.File("data/limits.jsonl"));
        using var journal = new GrantJournal(directory.File("data"), clock, NullLogger.Instance);
        using var ledger = new LimitLedger(catalog, journal, clock);

        Assert.Equal(7, Take(ledger, Red, 7));
        Assert.Equal(3, Take(ledger, Red, 7));
        Assert.Equal(2, journal.Unwritten);
    }
}

using System.Net;
using MeshInsight.Collector.Meters;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests.Store;

[Collection(nameof(ClickHouseFixture))]
public sealed class StoreSenderTests(ClickHouseFixture clickHouse)
{
    private static IEnumerable<SpanSpec> Spans(int first, int count) => Enumerable.Range(first, count).Select(i => new SpanSpec("shop")
    {
        Trace = (ulong)i,
        Id = (ulong)i,
        End = TimeProvider.System.GetUtcNow(),
        Failed = true,
    });

    private static Func<CollectorOptions, CollectorOptions> Quick(Func<CollectorOptions, CollectorOptions>? more = null) => options =>
    {
        var quick = options with
        {
            Assemble = options.Assemble with { Quiet = TimeSpan.FromMilliseconds(100) },
            Store = options.Store with
            {
                FlushEvery = TimeSpan.FromMilliseconds(100),
                FlushEveryWhileAway = TimeSpan.FromMilliseconds(100),
                MaxRetry = TimeSpan.FromMilliseconds(500),
            },
        };
        return more is null ? quick : more(quick);
    };

    private static Task AllStoredAsync(Uri database, int spans) =>
        Waiting.UntilAsync($"{spans} spans stored", async () => await Ask.CountSoFarAsync(database, "SELECT count() FROM otel_traces") >= spans);

    private static async Task AssertStoredOnceAsync(Uri database, int spans)
    {
        Assert.Equal($"{spans}\t{spans}", await Ask.ScalarAsync(database, "SELECT count(), uniqExact(SpanId) FROM otel_traces"));
        Assert.Equal(spans, await Ask.CountAsync(database, "SELECT sum(Requests) FROM mesh_red"));
        Assert.Equal(spans, await Ask.CountAsync(database, "SELECT count() FROM mesh_traces"));
    }

    [Fact]
    public async Task ClickHouse_DownThenUp_LosesNothingAndStoresNothingTwice()
    {
        var database = clickHouse.NewDatabase();
        await using var gate = new Gate(database, open: false);
        await using var collector = await RunningCollector.StartAsync(gate.Url, change: Quick());

        await collector.SendAsync(Spans(1, 100));
        await Waiting.UntilAsync("blocks in the spool", () => collector.Host.Meters[MeterTable.SpoolBlocks].Value > 0);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ReadyAsync(collector)).Status);
        gate.Open();
        await AllStoredAsync(database, 100);
        await collector.SendAsync(Spans(101, 100));
        await AllStoredAsync(database, 200);
        gate.Close();
        await collector.SendAsync(Spans(201, 100));
        await Waiting.UntilAsync("blocks in the spool again", () => collector.Host.Meters[MeterTable.SpoolBlocks].Value > 0);
        gate.Open();
        await AllStoredAsync(database, 300);
        await Waiting.UntilAsync("ready", async () => (await ReadyAsync(collector)).Status == HttpStatusCode.OK);
        await collector.StopAsync();

        await AssertStoredOnceAsync(database, 300);
        Assert.Equal(0, collector.Host.Meters[MeterTable.SpoolBytes].Value);
        Assert.Equal(0, collector.Host.Meters.Sum(MeterTable.Lost));
    }

    [Fact]
    public async Task Stop_WhileClickHouseIsAway_LeavesEverythingForTheNextLife()
    {
        var database = clickHouse.NewDatabase();
        using var directory = new TempDirectory();
        await using (var first = await RunningCollector.StartAsync(change: Quick(), dataDirectory: directory.Path))
        {
            await first.SendAsync(Spans(1, 100));
            await first.StopAsync();
        }

        await using var second = await RunningCollector.StartAsync(database, change: Quick(), dataDirectory: directory.Path);
        await AllStoredAsync(database, 100);
        await second.StopAsync();

        await AssertStoredOnceAsync(database, 100);
    }

    [Fact]
    public async Task Block_SentTwice_IsStoredOnce()
    {
        var database = clickHouse.NewDatabase();
        using var directory = new TempDirectory();
        await using (var first = await RunningCollector.StartAsync(change: Quick(), dataDirectory: directory.Path))
        {
            await first.SendAsync(Spans(1, 100));
            await first.StopAsync();
        }

        string spool = directory.File("spool");
        foreach (string block in Directory.GetFiles(spool))
        {
            // As if the program had died between the insert and the removal of the file.
            File.Copy(block, Path.Combine(spool, "9" + Path.GetFileName(block)));
        }

        await using var second = await RunningCollector.StartAsync(database, change: Quick(), dataDirectory: directory.Path);
        await Waiting.UntilAsync("an empty spool", () => Directory.GetFiles(spool).Length == 0);
        await second.StopAsync();

        await AssertStoredOnceAsync(database, 100);
    }

    [Fact]
    public async Task Spool_Full_RefusesInsteadOfDropping()
    {
        var database = clickHouse.NewDatabase();
        await using var gate = new Gate(database, open: false);
        await using var collector = await RunningCollector.StartAsync(gate.Url, change: Quick(o => o with
        {
            Receive = o.Receive with { QueueBytes = 20_000 },
            Store = o.Store with { MaxSpoolBytes = 1, MaxPendingBytes = 20_000 },
        }));
        int sent = 0;
        var refused = await Assert.ThrowsAsync<Grpc.Failures.GrpcException>(async () =>
        {
            while (sent < 100_000)
            {
                await collector.SendAsync(Spans(sent + 1, 50));
                sent += 50;
            }
        });

        Assert.Equal(Grpc.Failures.GrpcStatusCode.Unavailable, refused.Code);
        gate.Open();
        await Waiting.UntilAsync("room again", () => TrySendAsync(collector, sent));
        await AllStoredAsync(database, sent + 50);
        await collector.StopAsync();
        await AssertStoredOnceAsync(database, sent + 50);
    }

    [Fact]
    public async Task Block_ThatClickHouseRefuses_IsPutAsideAndHoldsUpNothing()
    {
        var database = clickHouse.NewDatabase();
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory.File("spool"));
        await File.WriteAllTextAsync(Path.Combine(directory.File("spool"), "000000000001-otel_traces.block"), """{"table":"otel_traces","columns":["NoSuchColumn"],"rows":1,"token":"t"}""" + "\nxyz");
        await File.WriteAllTextAsync(Path.Combine(directory.File("spool"), "000000000002-otel_traces.block"), "not a head line");
        await File.WriteAllTextAsync(Path.Combine(directory.File("spool"), "000000000003-otel_traces.block.partial"), "cut short");

        await using var collector = await RunningCollector.StartAsync(database, change: Quick(), dataDirectory: directory.Path);
        await collector.SendAsync(Spans(1, 10));
        await AllStoredAsync(database, 10);

        Assert.Equal(2, Directory.GetFiles(Path.Combine(directory.File("spool"), "refused")).Length);
        Assert.Empty(Directory.GetFiles(directory.File("spool")));
        Assert.Equal(2, collector.Host.Meters[MeterTable.Inserts, "refused"].Value);
    }

    private static async Task<bool> TrySendAsync(RunningCollector collector, int sent)
    {
        try
        {
            await collector.SendAsync(Spans(sent + 1, 50));
            return true;
        }
        catch (Grpc.Failures.GrpcException full) when (full.Code == Grpc.Failures.GrpcStatusCode.Unavailable)
        {
            return false;
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(RunningCollector collector)
    {
        using var response = await collector.Http.GetAsync(new Uri(collector.Host.AdminAddress, "/readyz"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

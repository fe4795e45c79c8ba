using System.Collections.Concurrent;
using MeshInsight.Testing;

namespace MeshInsight.EmbeddedClickHouse.Tests.Lifecycle;

/// <summary>What a client was told is stored is stored, however the process ends; what it was not told is stored whole or not at all.</summary>
public sealed class DurabilityTests : IDisposable
{
    private const int RowsPerBatch = 1000;
    private const int Writers = 4;

    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Kill_DuringInserts_KeepsEveryAcknowledgedBatchAndNonePartly()
    {
        var acknowledged = await InsertUntilAsync(40, async process =>
        {
            process.Signal(9);
            await process.WaitForExitAsync();
        });
        await using var server = await EngineServer.StartAsync(_directory.Path);
        var stored = await StoredAsync(server.Client);
        Assert.Empty(acknowledged.Except(stored.Keys));
        Assert.All(stored.Values, rows => Assert.Equal(RowsPerBatch, rows));

        // Batches nobody was told about may be there too: sent again with their tokens they are there once.
        foreach (int batch in acknowledged.Concat(Enumerable.Range(acknowledged.Max() + 1, Writers)))
        {
            await server.Client.RunAsync(Batch(batch), Token(batch));
        }

        Assert.All((await StoredAsync(server.Client)).Values, rows => Assert.Equal(RowsPerBatch, rows));
    }

    [Fact]
    public async Task Terminate_UnderLoad_EndsCleanlyAndLosesNothing()
    {
        var acknowledged = await InsertUntilAsync(40, async process => Assert.Equal(0, await process.TerminateAsync()));
        await using var server = await EngineServer.StartAsync(_directory.Path);
        var stored = await StoredAsync(server.Client);
        Assert.Empty(acknowledged.Except(stored.Keys));
        Assert.All(stored.Values, rows => Assert.Equal(RowsPerBatch, rows));
    }

    [Fact]
    public async Task Terminate_StatementThatWouldRunLong_IsStoppedInTime()
    {
        await using var server = await EngineServer.StartAsync(_directory.Path);
        var endless = server.Client.PostAsync("SELECT count() FROM numbers(1e13) WHERE NOT ignore(sipHash64(number))");
        while (await server.Client.RunAsync("SELECT count() FROM system.processes WHERE query LIKE '%1e13%' AND query NOT LIKE '%processes%'") == "0")
        {
            Assert.False(endless.IsCompleted);
        }

        Assert.Equal(0, await server.Process.TerminateAsync());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => endless);
    }

    public void Dispose() => _directory.Dispose();

    private static string Token(int batch) => $"insert_deduplication_token=batch-{batch}";

    private static string Batch(int batch) =>
        "INSERT INTO batches FORMAT TSV\n" + string.Concat(Enumerable.Range(0, RowsPerBatch).Select(row => $"{batch}\t{row}\n"));

    private static async Task<Dictionary<int, int>> StoredAsync(Caller client) =>
        (await client.RunAsync("SELECT batch, count() FROM batches GROUP BY batch")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t')).ToDictionary(f => int.Parse(f[0]), f => int.Parse(f[1]));

    /// <summary>Writers insert until the process is gone; it is ended once so many batches were acknowledged.</summary>
    private async Task<List<int>> InsertUntilAsync(int enough, Func<ProgramProcess, Task> end)
    {
        await using var server = await EngineServer.StartAsync(_directory.Path);
        await server.Client.RunAsync(
            "CREATE TABLE batches (batch Int32, row Int32) ENGINE = MergeTree ORDER BY (batch, row) SETTINGS non_replicated_deduplication_window = 10000");
        var acknowledged = new ConcurrentBag<int>();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int next = 0;
        var writers = Enumerable.Range(0, Writers).Select(async _ =>
        {
            try
            {
                while (true)
                {
                    int batch = Interlocked.Increment(ref next);
                    if ((await server.Client.PostAsync(Batch(batch), Token(batch))).Status != 200)
                    {
                        return;
                    }

                    acknowledged.Add(batch);
                    if (acknowledged.Count >= enough)
                    {
                        reached.TrySetResult();
                    }
                }
            }
            catch (HttpRequestException)
            {
                // The process has gone, as it should.
                reached.TrySetResult();
            }
        }).ToArray();
        await reached.Task;
        await end(server.Process);
        await Task.WhenAll(writers);
        Assert.True(acknowledged.Count >= enough);
        return [.. acknowledged];
    }
}

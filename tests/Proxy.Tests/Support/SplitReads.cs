using System.IO.Pipelines;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>Bytes that come in pieces, each of which the reader sees before the next one is there; then the end.</summary>
internal static class SplitReads
{
    /// <returns>What the reader made of them, and what it left.</returns>
    public static (T Result, byte[] Left) Run<T>(Random random, byte[] bytes, Func<PipeReader, Task<T>> read)
    {
        var pipe = new Pipe(new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, minimumSegmentSize: 16, useSynchronizationContext: false));
        var reading = read(pipe.Reader);
        int largest = random.Next(3) switch { 0 => 1, 1 => 30, _ => bytes.Length + 1 };
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(1 + random.Next(largest), bytes.Length - at);
            Written(pipe.Writer.WriteAsync(bytes.AsMemory(at, length)));
            at += length;
        }

        pipe.Writer.Complete();
        Assert.True(reading.IsCompleted, "It waits for more than there will be.");
        // Who left nothing unseen would wait for more; there is no more.
        return (reading.GetAwaiter().GetResult(), pipe.Reader.TryRead(out var rest) ? System.Buffers.BuffersExtensions.ToArray(rest.Buffer) : []);
    }

    private static void Written(ValueTask<FlushResult> flush) => Assert.True(flush.IsCompletedSuccessfully && !flush.Result.IsCanceled);
}

using System.Text;
using MeshInsight.Proxy.Mirror;

namespace MeshInsight.Proxy.Tests.Mirror;

public sealed class MirrorBufferTests
{
    private static async Task<string> ReadAsync(MirrorBuffer buffer) => await new StreamReader(buffer.Reader).ReadToEndAsync();

    [Fact]
    public async Task Body_ReadThroughTheTee_ReachesEveryCopyWhole()
    {
        var (one, two) = (new MirrorBuffer(), new MirrorBuffer());
        var tee = new TeeBody(new MemoryStream("the body"u8.ToArray()), [one, two]);

        // A read of nothing is no end.
        Assert.Equal(0, await tee.ReadAsync(Memory<byte>.Empty));
        string original = await new StreamReader(tee).ReadToEndAsync();

        Assert.Equal(("the body", "the body", "the body"), (original, await ReadAsync(one), await ReadAsync(two)));
        Assert.Null(one.Loss);
    }

    [Fact]
    public async Task Copy_TooFarBehind_IsBrokenOff_AndTheOriginalReadsOn()
    {
        var buffer = new MirrorBuffer();
        var tee = new TeeBody(new MemoryStream(new byte[MirrorBuffer.LimitBytes * 3]), [buffer]);

        await tee.CopyToAsync(Stream.Null);

        Assert.Equal(MirrorLoss.Slow, buffer.Loss);
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(buffer));
    }

    [Fact]
    public async Task Copy_ThatKeepsPace_MayBeAsLongAsItLikes()
    {
        var buffer = new MirrorBuffer();
        byte[] chunk = new byte[64 * 1024];
        long read = 0;
        for (int i = 0; i < 100; i++)
        {
            buffer.Write(chunk);
            for (int left = chunk.Length; left > 0;)
            {
                int took = await buffer.Reader.ReadAsync(chunk.AsMemory(0, left));
                left -= took;
                read += took;
            }
        }

        buffer.End();

        Assert.Equal(0, await buffer.Reader.ReadAsync(chunk));
        Assert.Equal((6_553_600, null), (read, buffer.Loss));
    }

    [Fact]
    public async Task Original_ThatEndsEarly_CutsTheCopy()
    {
        var buffer = new MirrorBuffer();
        buffer.Write(Encoding.UTF8.GetBytes("half"));

        buffer.BreakOff(MirrorLoss.Cut);
        buffer.End();

        Assert.Equal(MirrorLoss.Cut, buffer.Loss);
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(buffer));
    }

    [Fact]
    public void CopyThatStoppedReading_CostsTheOriginalNothing()
    {
        var buffer = new MirrorBuffer();
        buffer.Close();

        for (int i = 0; i < 100; i++)
        {
            buffer.Write(new byte[64 * 1024]);
        }

        Assert.Null(buffer.Loss);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pair_ComparesWhenBothHaveEnded_InAnyOrder(bool originalFirst)
    {
        var series = new MirrorReport(TimeProvider.System).For("r", "c");
        var pair = new MirrorPair(series);
        var (original, copy) = (new MirrorSide("200", TimeSpan.FromMilliseconds(2), "a"), new MirrorSide("503", TimeSpan.FromMilliseconds(1), "b"));

        (originalFirst ? (Action)(() => pair.OriginalEnded(original)) : () => pair.CopyEnded(copy))();
        Assert.Empty(series.Pairs());
        (originalFirst ? (Action)(() => pair.CopyEnded(copy)) : () => pair.OriginalEnded(original))();
        pair.Lose(MirrorLoss.Cut);

        Assert.Equal([("200", "503", 1L)], series.Pairs());
        Assert.Equal(0, series.Lost(MirrorLoss.Cut));
    }

    [Fact]
    public void Report_WithTooManyRoutesOrStatuses_StaysBounded()
    {
        var report = new MirrorReport(TimeProvider.System);
        for (int i = 0; i < 1000; i++)
        {
            report.For($"r{i}", "c").Add(new($"{i}", default, ""), new("200", default, ""));
            report.For("r0", "c").Add(new($"{i}", default, ""), new("200", default, ""));
        }

        Assert.True(report.All.Count <= 257, $"{report.All.Count} series");
        Assert.True(report.For("r0", "c").Pairs().Count <= 65);
    }
}

using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;
using MeshInsight.Grpc.Tests.Proto;
using MeshInsight.Testing;

namespace MeshInsight.Grpc.Tests.Framing;

public sealed class FramingTests
{
    [Fact]
    public void Frame_Written_HasTheBytesOfTheSpecification()
    {
        using var frame = new PooledBuffer();

        MessageFrame.Write(frame, new EchoRequest { Text = "hi" }, gzip: false);

        Assert.Equal("00000000040A026869", Convert.ToHexString(frame.WrittenSpan));
    }

    [Fact]
    public void Reader_MessagesSplitAnywhere_ComeOutWhole() => Property.ForAll(200, random =>
    {
        var sent = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Message(random)).ToList();
        using var bytes = new PooledBuffer();
        foreach (var message in sent)
        {
            MessageFrame.Write(bytes, message, gzip: random.Next(2) == 0);
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var received = ReadAllAsync(pipe.Reader);
        var rest = bytes.WrittenSpan.ToArray().AsMemory();
        while (rest.Length > 0)
        {
            int length = random.Next(1, Math.Min(rest.Length, 2000) + 1);
            pipe.Writer.Write(rest.Span[..length]);
            pipe.Writer.FlushAsync().AsTask().GetAwaiter().GetResult();
            rest = rest[length..];
        }

        pipe.Writer.Complete();
        Assert.Equal(sent, received.GetAwaiter().GetResult());
    });

    [Fact]
    public void Reader_Garbage_EndsWithAStatusOrAMessage() => Property.ForAll(500, random =>
    {
        var garbage = new byte[random.Next(0, 200)];
        random.NextBytes(garbage);
        if (garbage.Length > 5 && random.Next(2) == 0)
        {
            garbage[0] = (byte)random.Next(2);
            garbage[1] = garbage[2] = garbage[3] = 0;
        }

        try
        {
            ReadAllAsync(PipeReader.Create(new ReadOnlySequence<byte>(garbage))).GetAwaiter().GetResult();
        }
        catch (GrpcException refused)
        {
            Assert.Contains(refused.Code, new[] { GrpcStatusCode.Internal, GrpcStatusCode.ResourceExhausted });
        }
    });

    [Fact]
    public void Reader_LengthAboveLimit_IsRefusedBeforeTheRestArrives()
    {
        var header = new ReadOnlySequence<byte>([0, 0x7f, 0xff, 0xff, 0xff]);

        var failure = Assert.Throws<GrpcException>(() => MessageFrame.Read(ref header, 1000, out _, out _));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, failure.Code);
    }

    [Fact]
    public void Inflate_CutAnywhere_IsDamaged() => Property.ForAll(200, random =>
    {
        var plain = new byte[random.Next(1, 5000)];
        random.NextBytes(plain.AsSpan(0, plain.Length / 2));
        using var compressed = new PooledBuffer();
        BoundedGzip.Deflate(plain, compressed);
        using var inflated = new PooledBuffer();

        var outcome = BoundedGzip.Inflate(new ReadOnlySequence<byte>(compressed.WrittenMemory[..random.Next(compressed.Length)]), 10_000, inflated);

        Assert.Equal(InflateOutcome.Damaged, outcome);
    });

    [Fact]
    public void Inflate_Bomb_StopsAtTheLimit()
    {
        using var compressed = new PooledBuffer();
        BoundedGzip.Deflate(new byte[50_000_000], compressed);
        using var inflated = new PooledBuffer();

        var outcome = BoundedGzip.Inflate(new ReadOnlySequence<byte>(compressed.WrittenMemory), 10_000, inflated);

        Assert.Equal(InflateOutcome.TooLarge, outcome);
        Assert.Equal(10_001, inflated.Length);
    }

    [Theory]
    [InlineData("100m", 100)]
    [InlineData("2S", 2000)]
    [InlineData("1M", 60_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData("5000000n", 5)]
    [InlineData("5000u", 5)]
    public void Timeout_EveryUnit_IsRead(string text, double milliseconds)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(milliseconds, timeout.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("123456789m")]
    [InlineData("-1m")]
    [InlineData("1.5S")]
    [InlineData("10x")]
    public void Timeout_Malformed_IsRefused(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Fact]
    public void Timeout_Formatted_NeverEndsBeforeTheOriginal() => Property.ForAll(500, random =>
    {
        var timeout = TimeSpan.FromMilliseconds(random.NextDouble() * Math.Pow(10, random.Next(1, 10)));

        Assert.True(GrpcTimeout.TryParse(GrpcTimeout.Format(timeout), out var read));
        Assert.True(read >= timeout, $"{read} < {timeout}");
    });

    [Fact]
    public void PercentEncoding_AnyText_ComesBack() => Property.ForAll(500, random =>
    {
        string text = new([.. Enumerable.Range(0, random.Next(20)).Select(_ => (char)(random.Next(4) == 0 ? random.Next(0x20) : random.Next(0x20, 0x2ff)))]);

        string encoded = PercentEncoding.Encode(text);

        Assert.All(encoded, c => Assert.InRange(c, ' ', '~'));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    });

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("%zz", "%zz")]
    [InlineData("a%2", "a%2")]
    public void PercentEncoding_NotAnEscape_IsKept(string text, string expected) => Assert.Equal(expected, PercentEncoding.Decode(text));

    private static EchoRequest Message(Random random)
    {
        var payload = new byte[random.Next(3) == 0 ? random.Next(20_000) : random.Next(50)];
        random.NextBytes(payload);
        return new EchoRequest { Count = random.Next(), Payload = ByteString.CopyFrom(payload) };
    }

    private static async Task<List<EchoRequest>> ReadAllAsync(PipeReader pipe)
    {
        var messages = new List<EchoRequest>();
        using var reader = new MessageReader(pipe, gzip: true, limitBytes: 1_000_000);
        while (await reader.MoveNextAsync(CancellationToken.None))
        {
            messages.Add(reader.Parse(EchoRequest.Parser));
        }

        return messages;
    }
}

using System.Buffers;
using System.Net.Security;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Edge;

public sealed class ClientHelloTests
{
    [Theory]
    [InlineData("shop.example.com")]
    [InlineData("SHOP.Example.com")]
    [InlineData("")]
    public async Task ServerName_OfARealHello_IsRead_HoweverItArrives(string name)
    {
        byte[] hello = await HelloAsync(name);

        for (int length = 0; length < hello.Length; length++)
        {
            Assert.Equal(OperationStatus.NeedMoreData, ClientHello.TryRead(new(hello, 0, length), out _));
        }

        Assert.Equal(OperationStatus.Done, ClientHello.TryRead(new(hello), out var whole));
        Assert.Equal(new(name.ToLowerInvariant(), false), whole);
    }

    [Theory]
    [InlineData("mesh-tcp", true)]
    [InlineData("h2", false)]
    [InlineData("mesh-tcp2", false)]
    public async Task Protocols_OfARealHello_TellASidecarThatBringsBytes(string last, bool expected)
    {
        byte[] hello = await HelloAsync("db.mesh", new("http/1.1"), new(last));

        Assert.Equal(OperationStatus.Done, ClientHello.TryRead(new(hello), out var facts));
        Assert.Equal(new("db.mesh", expected), facts);
    }

    [Fact]
    public async Task ServerName_InManySmallRecords_IsRead()
    {
        byte[] hello = await HelloAsync("shop.example.com");
        var split = new List<byte>();
        foreach (byte[] part in hello.Skip(5).Chunk(7))
        {
            split.AddRange([0x16, 3, 1, 0, (byte)part.Length, .. part]);
        }

        Assert.Equal(OperationStatus.Done, ClientHello.TryRead(new([.. split]), out var facts));
        Assert.Equal("shop.example.com", facts.ServerName);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\u0016\u0002\u0000\u0000\u0005aaaaa")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0002aaaa")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0001\u007faaa")]
    [InlineData("\u0016\u0003\u0001\u0000\u0000")]
    public void OtherBytes_AreRefused(string bytes) =>
        Assert.Equal(OperationStatus.InvalidData, ClientHello.TryRead(new(System.Text.Encoding.Latin1.GetBytes(bytes)), out _));

    [Fact]
    public async Task Hello_HoweverMutatedAndSplit_ReadsAsInOnePiece_AndStaysUnread()
    {
        byte[] hello = await HelloAsync("shop.example.com", new SslApplicationProtocol("mesh-tcp"));
        Property.ForAll(3000, random =>
        {
            byte[] bytes = InRecords(random, Mutated(random, hello));
            var whole = ClientHello.TryRead(new(bytes), out var expected);
            Assert.True(Enum.IsDefined(whole));

            var (facts, rest) = SplitReads.Run(random, bytes, input => ClientHello.TryReadAsync(input, default).AsTask());

            Assert.Equal(whole == OperationStatus.Done ? expected : null, facts);
            Assert.Equal(bytes, rest);
        });
    }

    private static byte[] Mutated(Random random, byte[] hello)
    {
        byte[] bytes = [.. hello, .. "what follows"u8];
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            bytes[random.Next(random.Next(2) == 0 ? 64 : bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(3) : (byte)random.Next(256);
        }

        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] InRecords(Random random, byte[] bytes) => random.Next(2) == 0 || bytes.Length < 6
        ? bytes
        : [.. bytes.Skip(5).Chunk(1 + random.Next(200)).SelectMany(part => (byte[])[0x16, 3, 1, 0, (byte)part.Length, .. part])];

    // What .NET's own client sends first.
    private static async Task<byte[]> HelloAsync(string name, params SslApplicationProtocol[] protocols)
    {
        var wire = new FirstWrite();
        using var tls = new SslStream(wire);
        var handshake = tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, ApplicationProtocols = [.. protocols] });
        byte[] hello = await wire.Written.Task;
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
        return hello;
    }

    private sealed class FirstWrite : MemoryStream
    {
        public TaskCompletionSource<byte[]> Written { get; } = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.TrySetResult(buffer.ToArray());
            return ValueTask.CompletedTask;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}

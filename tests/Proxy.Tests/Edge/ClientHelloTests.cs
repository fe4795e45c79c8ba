using System.Buffers;
using System.Net.Security;
using MeshInsight.Proxy.Accept;
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
    public async Task Garbage_NeverThrows()
    {
        byte[] hello = await HelloAsync("shop.example.com");
        Property.ForAll(2000, random =>
        {
            byte[] bytes = [.. hello];
            for (int i = 0; i < 4; i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            Assert.True(Enum.IsDefined(ClientHello.TryRead(new(bytes), out _)));
        });
    }

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

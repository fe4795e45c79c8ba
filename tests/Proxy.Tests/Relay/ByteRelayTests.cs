using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Relay;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Relay;

public sealed class ByteRelayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Relay_MegabytesBothWays_PassUnchangedAndCounted()
    {
        using var line = await Line.StartAsync();
        byte[] up = RandomNumberGenerator.GetBytes(3_000_001);
        byte[] down = RandomNumberGenerator.GetBytes(2_000_003);

        var sending = Task.WhenAll(SendAllAsync(line.Client, up), SendAllAsync(line.Upstream, down));
        byte[] atUpstream = await ReadAllAsync(line.Upstream);
        byte[] atClient = await ReadAllAsync(line.Client);
        await sending.WaitAsync(Patience);

        Assert.Equal(up, atUpstream);
        Assert.Equal(down, atClient);
        Assert.Equal(RelayOutcome.Finished, await line.Relayed.WaitAsync(Patience));
        Assert.Equal((up.Length, down.Length, 1, 1), (line.Count.Sent, line.Count.Received, line.Count.Opened, line.Count.Closed));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Relay_OneEndFinishes_TheOtherMayGoOn(bool isClientFirst)
    {
        using var line = await Line.StartAsync();
        var (first, second) = isClientFirst ? (line.Client, line.Upstream) : (line.Upstream, line.Client);

        await first.SendAsync("question"u8.ToArray());
        first.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), await ReadAllAsync(second));
        await second.SendAsync("answer"u8.ToArray());
        second.Shutdown(SocketShutdown.Send);

        Assert.Equal("answer"u8.ToArray(), await ReadAllAsync(first));
        Assert.Equal(RelayOutcome.Finished, await line.Relayed.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(true, "ClientGone")]
    [InlineData(false, "UpstreamGone")]
    public async Task Relay_OneEndResets_TheRelayEndsAndSaysWho(bool isClient, string outcome)
    {
        using var line = await Line.StartAsync();
        var broken = isClient ? line.Client : line.Upstream;

        broken.LingerState = new(true, 0);
        broken.Close();

        Assert.Equal(outcome, (await line.Relayed.WaitAsync(Patience)).ToString());
    }

    [Fact]
    public async Task Relay_NothingMovesForTheIdleTime_EndsButNotBefore()
    {
        var time = new ManualTimeProvider();
        using var line = await Line.StartAsync(time, TimeSpan.FromMinutes(10));

        time.Advance(TimeSpan.FromMinutes(9));
        await line.Client.SendAsync("x"u8.ToArray());
        Assert.Equal(1, await line.Upstream.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(line.Relayed.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(RelayOutcome.Idle, await line.Relayed.WaitAsync(Patience));
    }

    [Fact]
    public async Task Relay_SidecarStops_Ends()
    {
        using var line = await Line.StartAsync();

        await line.Stopping.CancelAsync();

        Assert.Equal(RelayOutcome.Stopped, await line.Relayed.WaitAsync(Patience));
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<byte[]> ReadAllAsync(Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer).WaitAsync(Patience) is > 0 and var read)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    /// <summary>A client, a relay and an upstream over real sockets.</summary>
    private sealed class Line : IDisposable
    {
        private readonly List<IDisposable> _sockets = [];

        public required Socket Client { get; init; }

        public required Socket Upstream { get; init; }

        public CancellationTokenSource Stopping { get; } = new();

        public RelayCount Count { get; } = new();

        public Task<RelayOutcome> Relayed { get; private set; } = null!;

        public static async Task<Line> StartAsync(TimeProvider? time = null, TimeSpan? idle = null)
        {
            var (client, downstream) = await PairAsync();
            var (upstream, upper) = await PairAsync();
            var line = new Line { Client = client, Upstream = upstream };
            var (down, up) = (new NetworkStream(downstream, ownsSocket: true), new NetworkStream(upper, ownsSocket: true));
            line._sockets.AddRange([client, upstream, down, up, line.Stopping]);
            line.Relayed = ByteRelay.RunAsync(
                RelayEnd.Of(downstream, down), RelayEnd.Of(upper, up), line.Count, idle ?? TcpConfig.Default.IdleTimeout, time ?? TimeProvider.System, line.Stopping.Token);
            return line;
        }

        public void Dispose() => _sockets.ForEach(s => s.Dispose());

        private static async Task<(Socket Outer, Socket Inner)> PairAsync()
        {
            using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            listener.Listen();
            var outer = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await outer.ConnectAsync(listener.LocalEndPoint!);
            return (outer, await listener.AcceptAsync());
        }
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>
/// An HTTP/2 client (RFC 9113) that sends the frames it is told to, allowed or not. Heads are literals without indexing (RFC 7541 section 6.2.2), so no table is kept.
/// A reader counts what comes, until the other side closes.
/// </summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte ResetStream = 3;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte EndStream = 1;
    private const byte Ack = 1;
    private const byte EndHeaders = 4;
    private const uint Cancel = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new();
    private readonly Dictionary<int, TaskCompletionSource> _answers = [];
    private NetworkStream _stream = null!;
    private Task _reading = Task.CompletedTask;
    private byte[] _unsaid = [];
    private int _next = 1;

    private RawHttp2()
    {
    }

    /// <summary>Streams that were answered, to the end of the answer.</summary>
    public int Answered { get; private set; }

    /// <summary>The error code of the other side's GOAWAY.</summary>
    public uint? GoAwayCode { get; private set; }

    /// <summary>Ends when the other side has closed the connection.</summary>
    public Task Closed => _reading;

    /// <param name="waits">Says nothing before the first request, and its greeting with that.</param>
    public static async Task<RawHttp2> ConnectAsync(Uri url, bool waits = false)
    {
        var raw = new RawHttp2();
        await raw._client.ConnectAsync(IPAddress.Loopback, url.Port);
        raw._client.NoDelay = true;
        raw._stream = raw._client.GetStream();
        raw._unsaid = [.. Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), .. Frame(Settings, 0, 0, [])];
        if (!waits)
        {
            await raw.WriteAsync([]);
        }

        raw._reading = raw.ReadAsync();
        return raw;
    }

    /// <summary>Opens a stream with a whole GET request.</summary>
    /// <returns>Its number, and the end of its answer.</returns>
    public async Task<(int Stream, Task Answer)> GetAsync(string authority, string path)
    {
        var (stream, frame) = Request(authority, path);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_answers)
        {
            _answers[stream] = answer;
        }

        await WriteAsync(frame);
        return (stream, answer.Task.WaitAsync(Patience));
    }

    public Task ResetAsync(int stream) => WriteAsync(Reset(stream));

    /// <summary>Opens a stream and resets it, in one write.</summary>
    /// <returns>False when the other side has closed the connection.</returns>
    public async Task<bool> TryGetAndResetAsync(string authority, string path)
    {
        var (stream, frame) = Request(authority, path);
        try
        {
            await WriteAsync([.. frame, .. Reset(stream)]);
            return !_reading.IsCompleted;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _reading;
    }

    private static byte[] Reset(int stream)
    {
        byte[] code = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(code, Cancel);
        return Frame(ResetStream, 0, stream, code);
    }

    // length 3 | type | flags | stream 4 | payload
    private static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    private (int Stream, byte[] Frame) Request(string authority, string path)
    {
        int stream = _next;
        _next += 2;
        // Of the static table: 2 is :method GET, 6 is :scheme http; the names of 1 and 4 are :authority and :path.
        byte[] head = [0x82, 0x86, .. Literal(1, authority), .. Literal(4, path)];
        return (stream, Frame(Headers, EndHeaders | EndStream, stream, head));
    }

    private static byte[] Literal(byte name, string value) => [name, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private async Task WriteAsync(byte[] frames)
    {
        byte[] first = Interlocked.Exchange(ref _unsaid, []);
        await _stream.WriteAsync(first.Length > 0 ? [.. first, .. frames] : frames);
    }

    private async Task ReadAsync()
    {
        byte[] head = new byte[9];
        try
        {
            while (true)
            {
                await _stream.ReadExactlyAsync(head);
                byte[] payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await _stream.ReadExactlyAsync(payload);
                await TakeAsync(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Closed, by either side.
        }
    }

    private async Task TakeAsync(byte type, byte flags, int stream, byte[] payload)
    {
        if (type == Settings && (flags & Ack) == 0)
        {
            await WriteAsync(Frame(Settings, Ack, 0, []));
        }
        else if (type == GoAway)
        {
            GoAwayCode = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4));
        }
        else if (type is Headers or Data && (flags & EndStream) != 0)
        {
            Answered++;
            lock (_answers)
            {
                _answers.GetValueOrDefault(stream)?.TrySetResult();
            }
        }
    }
}

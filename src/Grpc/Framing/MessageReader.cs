using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Grpc.Framing;

/// <summary>
/// Messages out of a pipe, one at a time. Plain ones are slices of the pipe's own memory, compressed ones are inflated into a rented buffer; both are valid until
/// the next read. One reader at a time.
/// </summary>
/// <param name="gzip">Whether the peer announced gzip; a compressed message without is an error.</param>
internal sealed class MessageReader(PipeReader pipe, bool gzip, int limitBytes) : IDisposable
{
    private PooledBuffer? _inflated;
    private SequencePosition _consumed;
    private bool _pending;

    public ReadOnlySequence<byte> Current { get; private set; }

    /// <returns>False at the end of the stream.</returns>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellation)
    {
        Release();
        while (true)
        {
            var result = await pipe.ReadAsync(cancellation);
            var rest = result.Buffer;
            if (MessageFrame.Read(ref rest, limitBytes, out bool compressed, out var payload) == MessageFrame.Part.Whole)
            {
                Take(payload, compressed, rest.Start);
                return true;
            }

            if (result.IsCompleted)
            {
                pipe.AdvanceTo(rest.End);
                return rest.IsEmpty ? false : throw CutShort();
            }

            pipe.AdvanceTo(rest.Start, rest.End);
        }
    }

    /// <summary>The only message of the stream: waits for the stream's end too, so that a second message is an error before anything is done about the first.</summary>
    public async ValueTask ReadSingleAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var result = await pipe.ReadAsync(cancellation);
            var rest = result.Buffer;
            bool whole = MessageFrame.Read(ref rest, limitBytes, out bool compressed, out var payload) == MessageFrame.Part.Whole;
            if (whole && !rest.IsEmpty)
            {
                throw new GrpcException(GrpcStatusCode.Internal, "More data follows the only message this method takes.");
            }

            if (result.IsCompleted)
            {
                if (!whole)
                {
                    throw rest.IsEmpty ? new GrpcException(GrpcStatusCode.Internal, "The stream ended without a message.") : CutShort();
                }

                Take(payload, compressed, rest.Start);
                return;
            }

            pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    public T Parse<T>(MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(Current);
        }
        catch (InvalidProtocolBufferException unreadable)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"Message is not a {typeof(T).Name}: {unreadable.Message}", innerException: unreadable);
        }
    }

    /// <summary>Gives the current message's memory back.</summary>
    public void Release()
    {
        Current = default;
        _inflated?.Dispose();
        _inflated = null;
        if (_pending)
        {
            _pending = false;
            pipe.AdvanceTo(_consumed);
        }
    }

    public void Dispose() => Release();

    private static GrpcException CutShort() => new(GrpcStatusCode.Internal, "The stream ended in the middle of a message.");

    private void Take(ReadOnlySequence<byte> payload, bool compressed, SequencePosition consumed)
    {
        _consumed = consumed;
        _pending = true;
        Current = compressed ? Inflate(payload) : payload;
    }

    private ReadOnlySequence<byte> Inflate(ReadOnlySequence<byte> payload)
    {
        if (!gzip)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "Message is marked as compressed, but grpc-encoding names no compression.");
        }

        _inflated = new PooledBuffer();
        return BoundedGzip.Inflate(payload, limitBytes, _inflated) switch
        {
            InflateOutcome.Inflated => new ReadOnlySequence<byte>(_inflated.WrittenMemory),
            InflateOutcome.TooLarge => throw new GrpcException(
                GrpcStatusCode.ResourceExhausted, $"Received message of {payload.Length} bytes inflates to more than the limit of {limitBytes}."),
            _ => throw new GrpcException(GrpcStatusCode.Internal, "Compressed message is not valid gzip, or is cut short."),
        };
    }
}

using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Mirror;

/// <summary>One original while it is under way, with its copies. Disposed by the original at its end; copies go on.</summary>
internal sealed class MirroredRequest(Exchange exchange, TimeProvider time) : IDisposable
{
    private readonly List<MirrorPair> _pairs = [];
    private readonly List<MirrorBuffer> _buffers = [];

    public void Add(MirrorPair pair, MirrorBuffer? buffer)
    {
        _pairs.Add(pair);
        if (buffer is not null)
        {
            _buffers.Add(buffer);
        }
    }

    /// <summary>Lets the copies have the body as the original reads it.</summary>
    public void ShareBody()
    {
        if (_buffers.Count > 0)
        {
            exchange.Context.Request.Body = new TeeBody(exchange.Context.Request.Body, _buffers);
        }
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers)
        {
            buffer.BreakOff(MirrorLoss.Cut);
        }

        foreach (var pair in _pairs)
        {
            // Without a status the client was gone before it got one.
            if (exchange.Status == 0 || exchange.LastAttempt is not { } attempt)
            {
                pair.Lose(MirrorLoss.Cut);
            }
            else
            {
                pair.OriginalEnded(Side(exchange, attempt, time));
            }
        }
    }

    public static MirrorSide Side(Exchange exchange, AttemptRecord attempt, TimeProvider time) => new(
        Status(exchange, attempt),
        attempt is { SentTimestamp: > 0, HeadTimestamp: > 0 } ? time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp) : TimeSpan.Zero,
        exchange.Trace.TraceId.ToString());

    private static string Status(Exchange exchange, AttemptRecord attempt) =>
        attempt.ErrorType.Length > 0 ? attempt.Flags.ToCodes()
        : exchange.IsGrpc && attempt.GrpcStatus >= 0 ? GrpcStatusText.Of(attempt.GrpcStatus)
        : attempt.Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

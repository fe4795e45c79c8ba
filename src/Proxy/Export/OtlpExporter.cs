using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Proxy.Export;

/// <summary>
/// Sends telemetry over OTLP/gRPC once a second, or as soon as a span batch is full. A collector that is away costs nothing but telemetry:
/// what cannot be sent waits in a bounded buffer, with growing pauses between tries.
/// </summary>
internal sealed partial class OtlpExporter(
    GrpcChannel channel, ExportSignal signal, IReadOnlyList<IExportSource> sources, TelemetryCounters counters, TimeProvider time, Random random, ILogger logger)
{
    public const int RetryBufferBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly GrpcCallOptions Call = new() { Deadline = TimeSpan.FromSeconds(10) };

    private readonly PendingExports _pending = new(RetryBufferBytes);
    private long _lastBegun = Environment.TickCount64;
    private int _failedTries;
    private long _nextTry;

    /// <param name="stopping">Ends it. What is being sent by then is still sent: given up, the collector may have it all the same, and would get it again from <see cref="FlushAsync"/>.</param>
    /// <param name="limit">Gives up what is being sent.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken limit)
    {
        while (!stopping.IsCancellationRequested)
        {
            bool isFull;
            try
            {
                // Always yields: the thread that ended the last send may be polling the sockets of requests, and encoding takes time.
                isFull = await signal.WaitAsync(FlushEvery, stopping).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            Collect(Due(isFull));
            await SendAsync(stopping, limit);
        }
    }

    /// <summary>Sends what is left, one try, when the sidecar stops.</summary>
    public async Task FlushAsync(CancellationToken limit)
    {
        Collect(ExportDue.Last);
        _nextTry = 0;
        await SendAsync(limit, limit);
        while (!_pending.IsEmpty)
        {
            _pending.DropFirst(DropReason.Stopped);
        }
    }

    // By the clock that the wait goes by too.
    private ExportDue Due(bool isFull)
    {
        if (isFull && Environment.TickCount64 - _lastBegun < (long)FlushEvery.TotalMilliseconds)
        {
            return ExportDue.Full;
        }

        _lastBegun = Environment.TickCount64;
        return ExportDue.Begun;
    }

    private void Collect(ExportDue due)
    {
        foreach (var source in sources)
        {
            while (true)
            {
                var request = new RentedBuffer();
                if (!source.TryEncode(request, due, out int items))
                {
                    request.Dispose();
                    break;
                }

                _pending.Add(new(source, request, items));
            }
        }
    }

    private async Task SendAsync(CancellationToken stopping, CancellationToken limit)
    {
        while (!stopping.IsCancellationRequested && !_pending.IsEmpty && time.GetTimestamp() >= _nextTry)
        {
            var next = _pending.Peek();
            try
            {
                await channel.UnaryRawAsync(next.Source.Method, new(next.Payload.Written), static _ => true, Call, limit);
                Succeeded(next);
                _pending.RemoveFirst();
            }
            catch (GrpcException e) when (IsRetryable(e))
            {
                Failed(e);
            }
            catch (GrpcException e)
            {
                counters.CountSendFailure();
                Log.Refused(logger, next.Items, e.Code, e.Message);
                _pending.DropFirst(DropReason.Refused);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Succeeded(PendingExport sent)
    {
        sent.Source.CountSent(sent.Items);
        if (_failedTries > 0)
        {
            Log.CollectorBack(logger, _failedTries);
            _failedTries = 0;
        }
    }

    private void Failed(GrpcException failure)
    {
        counters.CountSendFailure();
        if (_failedTries++ == 0)
        {
            Log.CollectorAway(logger, failure.Code, failure.Message);
        }

        // Between a half and all of 1 s, 2 s, 4 s, … so that sidecars do not come back all at once.
        double window = Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(_failedTries - 1, 6)));
        double pause = failure.RetryAfter?.TotalSeconds ?? (window * (0.5 + (random.NextDouble() / 2)));
        _nextTry = time.GetTimestamp() + (long)(pause * time.TimestampFrequency);
    }

    // OTLP specification, "Failures": the codes that a client may try again.
    private static bool IsRetryable(GrpcException failure) => failure.Code switch
    {
        GrpcStatusCode.Cancelled or GrpcStatusCode.DeadlineExceeded or GrpcStatusCode.Aborted or GrpcStatusCode.OutOfRange
            or GrpcStatusCode.Unavailable or GrpcStatusCode.DataLoss => true,
        GrpcStatusCode.ResourceExhausted => failure.RetryAfter is not null,
        _ => false,
    };
}

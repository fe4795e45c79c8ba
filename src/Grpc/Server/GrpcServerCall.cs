using System.Buffers;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Grpc.Server;

/// <summary>One call as its handler sees it: metadata both ways, cancellation, deadline.</summary>
/// <remarks>
/// Writing and finishing take the same gate, because a deadline ends the call from a timer while the handler may be in the middle of a message. Whatever the handler
/// writes after the end is dropped by throwing <see cref="OperationCanceledException"/> at it.
/// </remarks>
public sealed class GrpcServerCall : IDisposable
{
    private readonly GrpcServiceOptions _options;
    private readonly CancellationTokenSource _cancellation;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly bool _gzipResponses;
    private volatile bool _deadlineExceeded;
    private bool _finished;

    internal GrpcServerCall(HttpContext http, GrpcServiceOptions options, CancellationTokenSource cancellation)
    {
        Http = http;
        _options = options;
        _cancellation = cancellation;
        Cancellation = cancellation.Token;
        _gzipResponses = options.GzipResponsesAboveBytes is not null && GrpcHeaders.AcceptsGzip(http.Request.Headers[GrpcHeaders.AcceptEncoding]);
        if (_gzipResponses)
        {
            http.Response.Headers[GrpcHeaders.Encoding] = GrpcHeaders.Gzip;
        }

        Reader = new MessageReader(http.Request.BodyReader, http.Request.Headers[GrpcHeaders.Encoding] == GrpcHeaders.Gzip, options.MaxReceiveBytes);
    }

    /// <summary>The HTTP/2 exchange below, for addresses and features.</summary>
    public HttpContext Http { get; }

    /// <summary>The client went away, cancelled, or the deadline passed.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>When the client gives up; null when it set no deadline.</summary>
    public DateTimeOffset? Deadline { get; internal set; }

    public bool IsDeadlineExceeded => _deadlineExceeded;

    internal MessageReader Reader { get; }

    /// <summary>Request metadata; null when absent.</summary>
    public string? RequestHeader(string name) => Http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>Response metadata. A name that ends in <c>-bin</c> takes base64.</summary>
    /// <exception cref="InvalidOperationException">The first message is already sent.</exception>
    public void SetResponseHeader(string name, string value) => Http.Response.Headers[name] = value;

    /// <summary>Trailing metadata, sent with the status.</summary>
    public void SetTrailer(string name, string value) => Trailers[name] = value;

    internal async ValueTask WriteAsync(IMessage message, bool flush)
    {
        int size = message.CalculateSize();
        if (_gzipResponses && size > _options.GzipResponsesAboveBytes)
        {
            using var frame = new PooledBuffer(size);
            MessageFrame.Write(frame, message, gzip: true);
            await WriteFrameAsync(frame, flush);
            return;
        }

        await EnterAsync();
        try
        {
            var writer = Http.Response.BodyWriter;
            MessageFrame.WriteHeader(writer, compressed: false, size);
            message.WriteTo(writer);
            await FlushAsync(flush);
        }
        finally
        {
            _gate.Release();
        }
    }

    internal async ValueTask WriteRawAsync(ReadOnlyMemory<byte> payload)
    {
        using var frame = new PooledBuffer(payload.Length + MessageFrame.HeaderBytes);
        MessageFrame.Write(frame, new ReadOnlySequence<byte>(payload), _gzipResponses && payload.Length > _options.GzipResponsesAboveBytes);
        await WriteFrameAsync(frame, flush: false);
    }

    /// <summary>The deadline's timer: from now on the answer is DEADLINE_EXCEEDED, even if the handler takes no notice.</summary>
    internal async Task ExceedDeadlineAsync()
    {
        // A flag instead of a look at the clock: timers may fire a little early.
        _deadlineExceeded = true;
        await _cancellation.CancelAsync();
        await FinishAsync(GrpcStatusCode.DeadlineExceeded, "Deadline exceeded.");
    }

    /// <summary>Sends the status, once; a later status is dropped.</summary>
    internal async Task FinishAsync(GrpcStatusCode code, string message, TimeSpan? retryAfter = null, IReadOnlyList<Any>? details = null)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (_finished)
            {
                return;
            }

            _finished = true;
            bool hasDetails = retryAfter is not null || details is { Count: > 0 };
            if (hasDetails && !Http.Response.HasStarted)
            {
                // The .NET OTLP exporter looks for the details in real trailers only, never in a trailers-only response.
                await Http.Response.StartAsync(CancellationToken.None);
            }

            var target = Http.Response.HasStarted || code == GrpcStatusCode.Ok ? Trailers : TrailersOnly();
            target[GrpcHeaders.Status] = ((int)code).ToString(CultureInfo.InvariantCulture);
            if (message.Length > 0)
            {
                target[GrpcHeaders.Message] = PercentEncoding.Encode(message);
            }

            if (hasDetails)
            {
                target[GrpcHeaders.StatusDetails] = StatusDetails.Write(code, message, retryAfter, details ?? []);
            }

            await Http.Response.CompleteAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Not for handlers.</summary>
    void IDisposable.Dispose()
    {
        Reader.Dispose();
        _gate.Dispose();
    }

    private IHeaderDictionary Trailers => Http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;

    /// <summary>Nothing is sent yet: the status and the trailing metadata go as one HEADERS frame that ends the stream.</summary>
    private IHeaderDictionary TrailersOnly()
    {
        var headers = Http.Response.Headers;
        headers.Remove(GrpcHeaders.Encoding);
        foreach (var (name, value) in Trailers)
        {
            headers[name] = value;
        }

        Trailers.Clear();
        return headers;
    }

    private async ValueTask WriteFrameAsync(PooledBuffer frame, bool flush)
    {
        await EnterAsync();
        try
        {
            Http.Response.BodyWriter.Write(frame.WrittenSpan);
            await FlushAsync(flush);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask EnterAsync()
    {
        await _gate.WaitAsync(Cancellation);
        if (_finished)
        {
            _gate.Release();
            throw new OperationCanceledException("The call has ended.", Cancellation);
        }
    }

    private async ValueTask FlushAsync(bool flush)
    {
        if (flush)
        {
            await Http.Response.BodyWriter.FlushAsync(Cancellation);
        }
    }
}

using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Outbound;

/// <summary>
/// The server's end of a response in memory. The head becomes the app's message at the first write, flush or end; the body follows through a pipe, which holds the
/// upstream back when the app reads slowly.
/// </summary>
internal sealed class ResponseEnd(HttpRequestMessage request) : IHttpResponseFeature, IHttpResponseBodyFeature, IHttpResponseTrailersFeature, IHttpRequestLifetimeFeature, IDisposable
{
    // The app's code goes on where it waited, never on the thread that still has a body to copy.
    private readonly TaskCompletionSource<HttpResponseMessage> _head = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _aborted = new();
    private readonly Pipe _pipe = new();
    private List<(Func<object, Task> Callback, object State)>? _starting;
    private HttpResponseMessage? _message;
    private ResponseBodyWriter? _writer;
    private Stream? _stream;
    private bool _isComplete;
    private bool _isCut;

    public Task<HttpResponseMessage> Head => _head.Task;

    /// <summary>What the app says on a connection that is upgraded; null on every other. To be set before the head is sent.</summary>
    public PipeWriter? Sent { get; set; }

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

    public bool HasStarted => _message is not null;

    public CancellationToken RequestAborted
    {
        get => _aborted.Token;
        set => throw new NotSupportedException();
    }

    public Stream Stream => _stream ??= Writer.AsStream(leaveOpen: true);

    public PipeWriter Writer => _writer ??= new(_pipe.Writer, this);

    Stream IHttpResponseFeature.Body
    {
        get => Stream;
        set => throw new NotSupportedException();
    }

    public void OnStarting(Func<object, Task> callback, object state) => (_starting ??= []).Add((callback, state));

    public void OnCompleted(Func<object, Task> callback, object state) => throw new NotSupportedException();

    public void DisableBuffering()
    {
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (HasStarted)
        {
            return;
        }

        // Last come, first run, as a server does.
        for (int i = (_starting?.Count ?? 0) - 1; i >= 0; i--)
        {
            await _starting![i].Callback(_starting[i].State);
        }

        var message = new HttpResponseMessage((HttpStatusCode)StatusCode)
        {
            Version = request.Version,
            RequestMessage = request,
            Content = Sent is null ? new StreamContent(new ResponseBodyReader(_pipe.Reader, this)) : new TunnelContent(new(_pipe.Reader, this), Sent),
        };
        foreach (var (name, values) in Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        _message = message;
        if (!_head.TrySetResult(message))
        {
            message.Dispose();
        }
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>The body ends before its end: the upstream broke off.</summary>
    public void Abort() => _isCut = true;

    /// <summary>The app gave up before there was a head.</summary>
    public void GiveUp(CancellationToken token)
    {
        _head.TrySetCanceled(token);
        LeaveOff();
    }

    /// <summary>The app wants no more of the response.</summary>
    public void LeaveOff()
    {
        try
        {
            _aborted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The exchange had ended on its own.
            return;
        }
    }

    /// <summary>The exchange is over. Called once, before disposing.</summary>
    /// <param name="failure">What kept it from ending well; null when nothing did.</param>
    public Task EndAsync(Exception? failure)
    {
        failure ??= _isCut ? new HttpIOException(HttpRequestError.ResponseEnded, "The upstream broke off the response.") : null;
        if (failure is null)
        {
            return CompleteAsync();
        }

        _head.TrySetException(failure as HttpRequestException ?? new HttpRequestException("The request could not be sent.", failure));
        return _pipe.Writer.CompleteAsync(failure).AsTask();
    }

    /// <summary>The response ends well. Its exchange may go on: a stream may answer before it was asked all.</summary>
    public async Task CompleteAsync()
    {
        await StartAsync();
        if (!_isComplete)
        {
            _isComplete = true;
            foreach (var (name, values) in Trailers)
            {
                _message!.TrailingHeaders.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }

            await _pipe.Writer.CompleteAsync();
        }
    }

    public void Dispose() => _aborted.Dispose();
}

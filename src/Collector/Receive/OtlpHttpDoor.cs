using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Grpc.Framing;
using Microsoft.Net.Http.Headers;

namespace MeshInsight.Collector.Receive;

/// <summary>
/// OTLP/HTTP (opentelemetry-proto docs/specification.md, "OTLP/HTTP"): POST of protobuf or JSON, plain or gzip, to /v1/traces, /v1/metrics, /v1/logs; answered in
/// the content type of the request. Errors are google.rpc.Status and name what is wrong and what is accepted.
/// </summary>
internal sealed class OtlpHttpDoor(OtlpReceiver receiver)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    private readonly InFlightBudget _budget = new(receiver.Options.MaxInFlightBytes);

    public async Task HandleAsync(HttpContext http)
    {
        if (FindSignal(http.Request.Path) is not { } signal)
        {
            await RefuseAsync(http, OtlpFormat.Json, Refusal.Path, StatusCodes.Status404NotFound, $"Nothing is at {http.Request.Path}; OTLP is at /v1/traces, /v1/metrics and /v1/logs.");
            return;
        }

        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            await RefuseAsync(http, OtlpFormat.Json, Refusal.Method, StatusCodes.Status405MethodNotAllowed, $"{http.Request.Method} is not accepted here, only POST.");
            return;
        }

        if (FindFormat(http.Request.ContentType) is not { } format)
        {
            string given = http.Request.ContentType is { Length: > 0 } type ? $"Content type \"{type}\" is not accepted" : "The request has no content type";
            await RefuseAsync(http, OtlpFormat.Json, Refusal.ContentType, StatusCodes.Status415UnsupportedMediaType, $"{given}; send {Protobuf} or {Json}.");
            return;
        }

        string encoding = http.Request.Headers.ContentEncoding.ToString();
        bool isGzip = encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase);
        if (!isGzip && encoding is not ("" or "identity"))
        {
            await RefuseAsync(http, format, Refusal.ContentEncoding, StatusCodes.Status415UnsupportedMediaType, $"Content encoding \"{encoding}\" is not accepted; send gzip or identity.");
            return;
        }

        await ReceiveAsync(http, signal, format, isGzip);
    }

    private async Task ReceiveAsync(HttpContext http, OtlpSignal signal, OtlpFormat format, bool isGzip)
    {
        using var budget = _budget.Open();
        using var body = new PooledBuffer();
        using var inflated = new PooledBuffer();
        var refusal = await RequestBody.ReadAsync(http.Request, receiver.Options.MaxRequestBytes, budget, body);
        if (refusal == Refusal.None && isGzip)
        {
            refusal = RequestBody.Inflate(body, receiver.Options.MaxRequestBytes, budget, inflated);
        }

        await (refusal == Refusal.None ? AnswerAsync(http, signal, format, isGzip ? inflated : body) : RefuseAsync(http, format, refusal));
    }

    private async Task AnswerAsync(HttpContext http, OtlpSignal signal, OtlpFormat format, PooledBuffer body)
    {
        var outcome = receiver.Receive(signal, format, new ReadOnlySequence<byte>(body.WrittenMemory));
        if (outcome.Refusal == Refusal.Malformed)
        {
            await WriteStatusAsync(http, format, StatusCodes.Status400BadRequest, outcome.Result.Reason);
            return;
        }

        if (outcome.Refusal == Refusal.QueueFull)
        {
            await WriteStatusAsync(http, format, StatusCodes.Status503ServiceUnavailable, outcome.Result.Reason);
            return;
        }

        using var answer = new PooledBuffer();
        if (format == OtlpFormat.Json)
        {
            OtlpResponse.WriteJson(signal, outcome.Result, answer);
        }
        else
        {
            OtlpResponse.WriteProtobuf(outcome.Result, answer);
        }

        await WriteAsync(http, format, StatusCodes.Status200OK, answer);
    }

    private Task RefuseAsync(HttpContext http, OtlpFormat format, Refusal refusal)
    {
        int limitMib = receiver.Options.MaxRequestBytes >> 20;
        return refusal switch
        {
            Refusal.TooLarge => RefuseAsync(
                http, format, refusal, StatusCodes.Status413PayloadTooLarge, $"The request has more than {limitMib} MiB (also counted after inflation); send smaller batches."),
            Refusal.QueueFull => RefuseAsync(
                http, format, refusal, StatusCodes.Status503ServiceUnavailable, "The collector is reading as much as it can; send again later."),
            _ => RefuseAsync(
                http, format, refusal, StatusCodes.Status400BadRequest, "The body is not whole gzip data as its content encoding says: damaged or cut short."),
        };
    }

    private Task RefuseAsync(HttpContext http, OtlpFormat format, Refusal refusal, int status, string message)
    {
        receiver.CountRefusal(refusal);
        return WriteStatusAsync(http, format, status, message);
    }

    private async Task WriteStatusAsync(HttpContext http, OtlpFormat format, int status, string message)
    {
        TimeSpan? retryAfter = null;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            retryAfter = receiver.Options.RetryAfter;
            http.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.Value.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        int code = status switch
        {
            StatusCodes.Status503ServiceUnavailable => 14,
            StatusCodes.Status413PayloadTooLarge => 8,
            StatusCodes.Status404NotFound => 5,
            _ => 3,
        };
        using var answer = new PooledBuffer();
        if (format == OtlpFormat.Json)
        {
            OtlpResponse.WriteStatusJson(code, message, retryAfter, answer);
        }
        else
        {
            OtlpResponse.WriteStatusProtobuf(code, message, retryAfter, answer);
        }

        await WriteAsync(http, format, status, answer);
    }

    private static async Task WriteAsync(HttpContext http, OtlpFormat format, int status, PooledBuffer answer)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = format == OtlpFormat.Json ? Json : Protobuf;
        http.Response.ContentLength = answer.Length;
        await http.Response.Body.WriteAsync(answer.WrittenMemory, http.RequestAborted);
    }

    private static OtlpSignal? FindSignal(PathString path) => path.Value switch
    {
        "/v1/traces" => OtlpSignal.Traces,
        "/v1/metrics" => OtlpSignal.Metrics,
        "/v1/logs" => OtlpSignal.Logs,
        _ => null,
    };

    private static OtlpFormat? FindFormat(string? contentType) =>
        !MediaTypeHeaderValue.TryParse(contentType, out var type) ? null
        : type.MediaType.Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? OtlpFormat.Protobuf
        : type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) ? OtlpFormat.Json
        : null;
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.RateLimiting;
using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Sessions;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>The path of one statement: admit → read the request → take a connection → run → answer, and the one place where errors become HTTP.</summary>
internal sealed class StatementEndpoint(ClickHouseEngine engine, HeldSessions sessions, ConcurrencyLimiter places, TimeProvider clock)
{
    private const string DefaultUser = "default";

    private long _statements;

    public async Task HandleAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        string? queryId = context.Request.Query["query_id"];
        headers["X-ClickHouse-Query-Id"] = string.IsNullOrEmpty(queryId) ? Guid.NewGuid().ToString() : queryId;
        headers["X-ClickHouse-Server-Display-Name"] = "meshinsight-embedded";
        headers["X-ClickHouse-Timezone"] = "UTC";
        try
        {
            if (!HttpMethods.IsPost(context.Request.Method) && !context.Request.Query.ContainsKey("query"))
            {
                await context.Response.WriteAsync("Ok.\n");
                return;
            }

            await RunAsync(context);
        }
        catch (EngineException failure)
        {
            await RefuseAsync(context, failure);
        }
        catch (Exception failure) when (context.RequestAborted.IsCancellationRequested && failure is OperationCanceledException or IOException)
        {
            // The client has gone, and with it everyone who could be told; the statement was stopped on the way here.
            context.Abort();
        }
    }

    private async Task RunAsync(HttpContext context)
    {
        var aborted = context.RequestAborted;
        RefuseStrangers(context.Request);
        using var place = await places.AcquireAsync(1, aborted);
        if (!place.IsAcquired)
        {
            throw new EngineException(
                ErrorCode.TooManySimultaneousQueries, "Too many simultaneous queries: every place is taken and the queue is full. Try again, with fewer at once.");
        }

        var request = await StatementRequest.ReadAsync(context.Request, aborted);
        await using var body = RequestBody.Open(context.Request);
        using var lease = sessions.Rent(request.SessionId, request.SessionTimeout, request.SessionMustExist);
        string tag = string.Create(CultureInfo.InvariantCulture, $"http-{Interlocked.Increment(ref _statements)}");
        using var settings = SettingScope.Enter(lease, request, tag);
        await using var canceller = new StatementCanceller(engine, tag, clock, aborted);
        await new StatementRunner(request, body, lease, new Answer(context, request.CompressAnswer), aborted).RunAsync();
    }

    /// <summary>There is one user, without a password. A web page of somebody else's is refused: a browser would send its statements to loopback for it.</summary>
    private static void RefuseStrangers(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            throw new EngineException(ErrorCode.AccessDenied, "Requests that a browser makes for another site's page are refused.");
        }

        string user = request.Headers["X-ClickHouse-User"].ToString();
        if (user.Length == 0)
        {
            user = request.Query["user"].ToString();
        }

        if (user.Length == 0)
        {
            user = BasicUser(request.Headers.Authorization.ToString());
        }

        if (user.Length > 0 && user != DefaultUser)
        {
            throw new EngineException(ErrorCode.AuthenticationFailed, $"{user}: Authentication failed. The embedded engine has one user, {DefaultUser}.");
        }
    }

    private static string BasicUser(string authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var value) || value is not { Scheme: "Basic", Parameter: { } parameter })
        {
            return "";
        }

        byte[] credentials = new byte[parameter.Length];
        return Convert.TryFromBase64String(parameter, credentials, out int length)
            ? Encoding.UTF8.GetString(credentials, 0, length).Split(':')[0]
            : "";
    }

    private async Task RefuseAsync(HttpContext context, EngineException failure)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            throw new BrokenAnswerException();
        }

        response.Headers.Remove("X-ClickHouse-Exception-Tag");
        response.Headers.ContentEncoding = default;
        response.StatusCode = HttpStatus.Of(failure.Code);
        response.Headers["X-ClickHouse-Exception-Code"] = failure.Code.ToString(CultureInfo.InvariantCulture);
        response.ContentType = "text/plain; charset=UTF-8";
        string suffix = failure.Message.Contains("(version ", StringComparison.Ordinal) ? "" : $" (version {engine.Version})";
        await response.WriteAsync(failure.Message + suffix + "\n", context.RequestAborted);
    }
}

using System.Text;
using Microsoft.Extensions.Primitives;
using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>What a request asks for, read from its address, headers and (for multipart) form; the body is left for whoever runs the statement.</summary>
/// <remarks>https://clickhouse.com/docs/interfaces/http</remarks>
internal sealed class StatementRequest
{
    private const string ParameterPrefix = "param_";
    private static readonly TimeSpan DefaultSessionTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaximumSessionTimeout = TimeSpan.FromSeconds(3600);

    /// <summary>Names that steer the interface itself; every other one that is no parameter is a setting.</summary>
    private static readonly HashSet<string> Control =
    [
        "query", "database", "default_format", "session_id", "session_timeout", "session_check", "query_id", "user", "password", "compress", "decompress",
        "enable_http_compression", "http_zlib_compression_level", "wait_end_of_query", "buffer_size", "send_progress_in_http_headers", "quota_key", "role",
        "client_protocol_version", "stacktrace", "add_http_cors_header", "http_headers_progress_interval_ms", "http_response_headers",
        "cancel_http_readonly_queries_on_client_close", "close_session", "log_comment",
    ];

    /// <summary>The <c>query</c> of the address or form, UTF-8; empty when the statement is in the body.</summary>
    public byte[] Text { get; private set; } = [];

    /// <summary>Values in ClickHouse's escaped text form, names without prefix.</summary>
    public List<KeyValuePair<string, string>> Parameters { get; } = [];

    public List<KeyValuePair<string, string>> Settings { get; } = [];

    public string? Database { get; private init; }

    public string? Format { get; private init; }

    public string? SessionId { get; private init; }

    public TimeSpan SessionTimeout { get; private init; } = DefaultSessionTimeout;

    public bool SessionMustExist { get; private init; }

    /// <summary>The whole answer before its first byte, so that an error is always an HTTP status.</summary>
    public bool WaitForEnd { get; private init; }

    public bool CompressAnswer { get; private init; }

    /// <summary>GET changes nothing, as HTTP says.</summary>
    public bool ReadsOnly { get; private init; }

    /// <summary>A form took the place of the body.</summary>
    public bool BodyIsForm { get; private set; }

    /// <exception cref="EngineException">The request asks for something this server does not do, or names something that is no setting.</exception>
    public static async ValueTask<StatementRequest> ReadAsync(HttpRequest request, CancellationToken aborted)
    {
        var query = request.Query;
        if (query["compress"] == "1" || query["decompress"] == "1")
        {
            throw new EngineException(
                ErrorCode.NotImplemented, "compress=1 and decompress=1 (ClickHouse's own block framing) are not supported. Use Content-Encoding and enable_http_compression=1.");
        }

        var statement = new StatementRequest
        {
            Database = First(query["database"]) ?? First(request.Headers["X-ClickHouse-Database"]),
            Format = First(query["default_format"]) ?? First(request.Headers["X-ClickHouse-Format"]),
            SessionId = First(query["session_id"]),
            SessionTimeout = ReadSessionTimeout(First(query["session_timeout"])),
            SessionMustExist = query["session_check"] == "1",
            WaitForEnd = query["wait_end_of_query"] == "1",
            CompressAnswer = query["enable_http_compression"] == "1",
            ReadsOnly = !HttpMethods.IsPost(request.Method),
        };
        string text = query["query"].ToString();
        foreach (var (name, value) in query)
        {
            statement.Add(name, value.ToString());
        }

        // Not every form: curl calls whatever it posts x-www-form-urlencoded.
        if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true)
        {
            statement.BodyIsForm = true;
            text += await statement.ReadFormAsync(request, aborted);
        }

        statement.Text = Encoding.UTF8.GetBytes(text);
        return statement;
    }

    private static string? First(StringValues values) => values.Count > 0 && !string.IsNullOrEmpty(values[0]) ? values[0] : null;

    private static TimeSpan ReadSessionTimeout(string? text)
    {
        if (text is null)
        {
            return DefaultSessionTimeout;
        }

        return uint.TryParse(text, out uint seconds) && seconds <= MaximumSessionTimeout.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new EngineException(
                ErrorCode.InvalidSessionTimeout, $"Invalid session timeout '{text}': whole seconds from 0 to {MaximumSessionTimeout.TotalSeconds}.");
    }

    /// <summary>Clients put long parameters into a form. Files in it would be external tables, which we do not have.</summary>
    private async Task<string> ReadFormAsync(HttpRequest request, CancellationToken aborted)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(aborted);
        }
        catch (InvalidDataException failure)
        {
            throw new EngineException(ErrorCode.BadArguments, $"The form cannot be read: {failure.Message}");
        }

        if (form.Files.Count > 0)
        {
            throw new EngineException(ErrorCode.NotImplemented, $"External table '{form.Files[0].Name}': external tables are not supported. Insert into a temporary table of a session.");
        }

        foreach (var (name, value) in form)
        {
            Add(name, value.ToString());
        }

        return form["query"].ToString();
    }

    private void Add(string name, string value)
    {
        if (name.StartsWith(ParameterPrefix, StringComparison.Ordinal))
        {
            Parameters.Add(new(name[ParameterPrefix.Length..], value));
        }
        else if (!Control.Contains(name))
        {
            Settings.Add(SqlText.IsSettingName(name)
                ? new(name, value)
                : throw new EngineException(ErrorCode.UnknownSetting, $"'{name}' is neither a setting nor starts with '{ParameterPrefix}'."));
        }
    }
}

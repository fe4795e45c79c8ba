using System.Globalization;
using System.Net;
using System.Text;

namespace MeshInsight.Storage.Client;

/// <summary>
/// The ClickHouse HTTP interface (https://clickhouse.com/docs/interfaces/http): statements as POST bodies, inserts as streamed Native bodies, rows
/// read as they arrive. Every failure is a <see cref="ClickHouseException"/>, except that a cancelled call throws <see cref="OperationCanceledException"/>.
/// Thread-safe.
/// </summary>
public sealed class ClickHouseClient : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024;

    private readonly HttpClient _http;

    public ClickHouseClient(ClickHouseOptions options)
    {
        Options = options;
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,

            // HTTP_PROXY is how apps reach their sidecar; the store must not go through it.
            UseProxy = false,
        };
        _http = new HttpClient(handler) { BaseAddress = options.Endpoint, Timeout = Timeout.InfiniteTimeSpan };
        if (options.User.Length > 0)
        {
            _http.DefaultRequestHeaders.Add("X-ClickHouse-User", options.User);
            _http.DefaultRequestHeaders.Add("X-ClickHouse-Key", options.Password);
        }
    }

    public ClickHouseOptions Options { get; }

    /// <summary>How long a statement may take until its answer begins; default 60 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Asks whether the server answers; does not check credentials or the database.</summary>
    public async Task PingAsync(CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Options.Endpoint, "ping"));
        using var response = await SendAsync(request, cancel);
    }

    /// <summary>Runs one statement that returns nothing.</summary>
    /// <param name="database">Another database than the configured one; empty for none, before ours exists.</param>
    public async Task ExecuteAsync(
        string sql,
        IEnumerable<QueryParameter>? parameters = null,
        string? database = null,
        CancellationToken cancel = default)
    {
        using var request = Statement(sql, database, parameters ?? [], [("wait_end_of_query", "1")]);
        using var response = await SendAsync(request, cancel);
        await GuardAsync(async token => await response.Content.CopyToAsync(Stream.Null, token), cancel);
    }

    /// <summary>Runs a query whose rows fit in the server's memory: an error is thrown here, not while reading.</summary>
    /// <param name="sql">Without FORMAT clause.</param>
    public Task<ClickHouseReader> QueryAsync(string sql, IEnumerable<QueryParameter>? parameters = null, CancellationToken cancel = default) =>
        QueryAsync(sql, [("wait_end_of_query", "1")], parameters ?? [], cancel);

    /// <summary>Runs a query of any size; rows arrive while the server works, so an error may come while reading.</summary>
    /// <param name="sql">Without FORMAT clause.</param>
    public Task<ClickHouseReader> StreamAsync(string sql, IEnumerable<QueryParameter>? parameters = null, CancellationToken cancel = default) =>
        QueryAsync(sql, [], parameters ?? [], cancel);

    /// <summary>Inserts what <paramref name="insert"/> writes; returns once the server has it on disk.</summary>
    /// <param name="token">Repeating an insert with the same token within the last thousand inserts of the table has no effect; null = none.</param>
    public async Task InsertAsync(TableInsert insert, string? token = null, CancellationToken cancel = default)
    {
        string columns = string.Join(',', insert.Columns.Select(c => $"`{c}`"));
        List<(string, string)> settings =
        [
            ("query", $"INSERT INTO {insert.Table} ({columns}) FORMAT Native"),
            ("async_insert", "0"),

            // A peer with a broken clock can spread one batch over many days; that must not stop everyone else's spans.
            ("throw_on_max_partitions_per_insert_block", "0"),
        ];
        if (token is not null)
        {
            settings.Add(("insert_deduplication_token", token));
            settings.Add(("deduplicate_blocks_in_dependent_materialized_views", "1"));
        }

        if (Options.Cluster.Length > 0)
        {
            // Else a Distributed table answers before the rows are where they belong.
            settings.Add(("distributed_foreground_insert", "1"));
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, Address(Options.Database, [], settings))
        {
            Content = new InsertContent(insert, Options.CompressInserts, cancel),
        };
        using var response = await SendAsync(request, cancel);
        await GuardAsync(async stop => await response.Content.CopyToAsync(Stream.Null, stop), cancel);
    }

    public void Dispose() => _http.Dispose();

    private async Task<ClickHouseReader> QueryAsync(
        string sql,
        IEnumerable<(string, string)> settings,
        IEnumerable<QueryParameter> parameters,
        CancellationToken cancel)
    {
        using var request = Statement($"{sql}\nFORMAT Native", null, parameters, settings);
        var response = await SendAsync(request, cancel);
        try
        {
            return new(response, await response.Content.ReadAsStreamAsync(cancel), Options.Endpoint);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private HttpRequestMessage Statement(
        string sql,
        string? database,
        IEnumerable<QueryParameter> parameters,
        IEnumerable<(string, string)> settings) =>
        new(HttpMethod.Post, Address(database ?? Options.Database, parameters, settings)) { Content = new StringContent(sql, Encoding.UTF8, "text/plain") };

    private Uri Address(string database, IEnumerable<QueryParameter> parameters, IEnumerable<(string Name, string Value)> settings)
    {
        var query = new StringBuilder("?");
        if (database.Length > 0)
        {
            query.Append("database=").Append(database);
        }

        foreach (var (name, value) in parameters.Select(p => ("param_" + p.Name, p.Value)).Concat(settings))
        {
            query.Append(query.Length > 1 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return new Uri(Options.Endpoint, query.ToString());
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(AnswerTimeout);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Unreachable(Options.Endpoint, $"gave no answer within {AnswerTimeout.TotalSeconds:0} s", null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw Unreachable(Options.Endpoint, $"did not answer: {failure.GetBaseException().Message}", failure);
        }

        if (response.IsSuccessStatusCode && !response.Headers.Contains("X-ClickHouse-Exception-Code"))
        {
            return response;
        }

        using (response)
        {
            throw await ReadErrorAsync(response, cancel);
        }
    }

    private async Task<ClickHouseException> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        string text = "";
        await GuardAsync(async stop => text = await ReadStartAsync(response.Content, stop), cancel);
        if (ErrorText.Find(text) is { } error)
        {
            return error;
        }

        if (response.Headers.TryGetValues("X-ClickHouse-Exception-Code", out var codes)
            && int.TryParse(codes.First(), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
        {
            return ErrorText.Make(code, text);
        }

        bool passes = (int)response.StatusCode is 429 or 502 or 503 or 504;
        string start = text.Length > 200 ? text[..200] : text;
        return new(0, "", $"{Options.Endpoint} answered {(int)response.StatusCode}, not as ClickHouse does: {start}", passes);
    }

    private static async Task<string> ReadStartAsync(HttpContent content, CancellationToken cancel)
    {
        await using var body = await content.ReadAsStreamAsync(cancel);
        byte[] bytes = new byte[MaxErrorBytes];
        int size = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return Encoding.UTF8.GetString(bytes, 0, size);
    }

    private async Task GuardAsync(Func<CancellationToken, Task> read, CancellationToken cancel)
    {
        try
        {
            await read(cancel);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw Unreachable(Options.Endpoint, $"ended its answer early: {failure.GetBaseException().Message}", failure);
        }
    }

    internal static ClickHouseException Unreachable(Uri endpoint, string what, Exception? cause) =>
        new(0, ClickHouseException.UnreachableName, $"ClickHouse at {endpoint} {what}. Is it running, and does MESH_CLICKHOUSE_URL name it?", true, cause);
}

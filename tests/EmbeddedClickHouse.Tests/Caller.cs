using System.Globalization;

namespace MeshInsight.EmbeddedClickHouse.Tests;

/// <summary>What the server said.</summary>
internal sealed record Reply(int Status, int Code, string Text, HttpResponseMessage Message);

/// <summary>Sends statements as plain HTTP, so that tests see status, headers and bytes as they are.</summary>
internal sealed class Caller(Uri url) : IDisposable
{
    public Uri Url { get; } = url;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(60) };

    public Task<Reply> PostAsync(string sql, string query = "") => SendAsync(HttpMethod.Post, query, new StringContent(sql));

    public async Task<Reply> SendAsync(HttpMethod method, string query, HttpContent? content, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(method, "/?" + query) { Content = content };
        var message = await Http.SendAsync(request, cancellation);
        string text = await message.Content.ReadAsStringAsync(cancellation);
        int code = message.Headers.TryGetValues("X-ClickHouse-Exception-Code", out var values) ? int.Parse(values.Single(), CultureInfo.InvariantCulture) : 0;
        return new Reply((int)message.StatusCode, code, text, message);
    }

    /// <summary>Runs a statement that must succeed.</summary>
    public async Task<string> RunAsync(string sql, string query = "")
    {
        var reply = await PostAsync(sql, query);
        Assert.True(reply.Status == 200, $"{sql}: {reply.Text}");
        return reply.Text.TrimEnd('\n');
    }

    /// <summary>A new MergeTree table of the test's own.</summary>
    public async Task<string> NewTableAsync(string columns = "a Int64, s String", string orderBy = "a", string settings = "")
    {
        string table = "t" + Guid.NewGuid().ToString("N");
        await RunAsync($"CREATE TABLE {table} ({columns}) ENGINE = MergeTree ORDER BY {orderBy} {settings}");
        return table;
    }

    public void Dispose() => Http.Dispose();
}

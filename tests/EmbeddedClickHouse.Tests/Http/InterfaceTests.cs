namespace MeshInsight.EmbeddedClickHouse.Tests.Http;

[Collection(SharedServerGroup.Name)]
public sealed class InterfaceTests(SharedServer server)
{
    private Caller Client => server.Client;

    [Theory]
    [InlineData("/ping")]
    [InlineData("/replicas_status")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/")]
    public async Task Get_HealthPaths_AnswersOk(string path) => Assert.Equal("Ok.\n", await Client.Http.GetStringAsync(path));

    [Fact]
    public async Task Get_UnknownPath_Is404ThatNamesTheWay()
    {
        var answer = await Client.Http.GetAsync("/nothing");
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Contains("/ping", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_Statement_ReadsAndChangesNothing()
    {
        Assert.Equal("1\n", (await Client.SendAsync(HttpMethod.Get, "query=SELECT%201", null)).Text);
        var refused = await Client.SendAsync(HttpMethod.Get, "query=CREATE%20TABLE%20x%20(a%20Int8)%20ENGINE%20%3D%20Memory", null);
        Assert.Equal(164, refused.Code);
        Assert.Equal(164, (await Client.SendAsync(HttpMethod.Get, "query=INSERT%20INTO%20x%20FORMAT%20TSV", null)).Code);
    }

    [Fact]
    public async Task Post_StatementInAddressAndBody_IsOneText()
    {
        Assert.Equal("5", await Client.RunAsync("+ 3", "query=SELECT%202"));
    }

    [Fact]
    public async Task Post_Answer_CarriesClickHouseHeaders()
    {
        var reply = await Client.PostAsync("SELECT number FROM numbers(3) FORMAT JSON", "query_id=abc");
        string Header(string name) => reply.Message.Headers.GetValues(name).Single();
        Assert.Equal("abc", Header("X-ClickHouse-Query-Id"));
        Assert.Equal("JSON", Header("X-ClickHouse-Format"));
        Assert.Equal("UTC", Header("X-ClickHouse-Timezone"));
        Assert.Contains("\"read_rows\":\"3\"", Header("X-ClickHouse-Summary"));
        Assert.Equal("application/json; charset=UTF-8", reply.Message.Content.Headers.ContentType!.ToString());
    }

    [Theory]
    [InlineData("SELEC 1", 400, 62)]
    [InlineData("SELECT 1; SELECT 2", 400, 62)]
    [InlineData("SELECT 1\n\n; DROP DATABASE default", 400, 62)]
    [InlineData("  -- nothing\n", 400, 62)]
    [InlineData("INSERT INTO t (a)", 400, 62)]
    [InlineData("INSERT INTO t SELECT * FROM input('a Int8') FORMAT TSV\n1", 501, 48)]
    [InlineData("SELECT * FROM nosuch", 404, 60)]
    [InlineData("SELECT nosuch", 404, 47)]
    [InlineData("SELECT 1 FORMAT Nosuch", 404, 73)]
    [InlineData("SELECT 1 SETTINGS nosuch = 1", 404, 115)]
    [InlineData("SELECT toInt8('x')", 400, 6)]
    [InlineData("SELECT {x:UInt8}", 404, 456)]
    public async Task Post_WrongStatement_HasClickHousesCodeAndStatus(string sql, int status, int code)
    {
        var reply = await Client.PostAsync(sql);
        Assert.Equal(code, reply.Code);
        Assert.StartsWith($"Code: {code}. DB::Exception: ", reply.Text);
        Assert.Contains("(version 26.", reply.Text);
        Assert.Equal(code == 456 ? reply.Status : status, reply.Status);
    }

    [Theory]
    [InlineData("no_such_setting=1", 115)]
    [InlineData("max_threads=many", 27)]
    [InlineData("a%20b=1", 115)]
    [InlineData("database=nosuch", 81)]
    [InlineData("session_id=x&session_timeout=soon", 374)]
    [InlineData("compress=1", 48)]
    [InlineData("user=somebody", 516)]
    public async Task Post_WrongRequest_NamesTheCause(string query, int code)
    {
        var reply = await Client.PostAsync("SELECT 1", query);
        Assert.True(code == reply.Code, reply.Text);
    }

    [Fact]
    public async Task Post_ForAnotherSitesPage_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("SELECT 1"), Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        Assert.Equal(403, (int)(await Client.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Post_ErrorAfterTheFirstRows_MarksItAndBreaksOff()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new StringContent("SELECT throwIf(number = 3000000) FROM numbers(4000000) FORMAT TSV SETTINGS max_block_size = 65536"),
        };
        using var answer = await Client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)answer.StatusCode);
        string tag = answer.Headers.GetValues("X-ClickHouse-Exception-Tag").Single();
        using var body = new MemoryStream();
        // The connection ends without the last chunk, which a client must see as an answer that is not whole.
        await Assert.ThrowsAsync<HttpIOException>(async () => await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(body));
        string text = System.Text.Encoding.UTF8.GetString(body.ToArray());
        Assert.Contains($"\r\n__exception__\r\n{tag}\r\nCode: 395.", text);
        Assert.EndsWith($" {tag}\r\n__exception__\r\n", text);
    }

    [Fact]
    public async Task Post_WaitForEnd_TurnsALateErrorIntoAStatus()
    {
        var reply = await Client.PostAsync("SELECT throwIf(number = 3000000) FROM numbers(4000000) FORMAT TSV SETTINGS max_block_size = 65536", "wait_end_of_query=1");
        Assert.Equal((500, 395), (reply.Status, reply.Code));
    }

    [Fact]
    public async Task Post_MultipartForm_TakesParametersAndStatement()
    {
        using var form = new MultipartFormDataContent { { new StringContent("SELECT length({s:String})"), "query" }, { new StringContent(new string('x', 200_000)), "param_s" } };
        Assert.Equal("200000\n", (await Client.SendAsync(HttpMethod.Post, "", form)).Text);
    }

    [Fact]
    public async Task Post_MorePlacesThanThereAre_IsRefusedWithoutWaiting()
    {
        const int Places = 16 + 256;
        using var end = new CancellationTokenSource();
        var refused = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, Places + 4).Select(async _ =>
        {
            try
            {
                var reply = await Client.SendAsync(HttpMethod.Post, "", new StringContent("SELECT sleepEachRow(1) FROM numbers(3) FORMAT Null"), end.Token);
                if (reply.Code == 202)
                {
                    refused.TrySetResult(reply);
                }
            }
            catch (OperationCanceledException)
            {
                Assert.True(end.IsCancellationRequested);
            }
        }).ToArray();
        Assert.Contains("TOO_MANY_SIMULTANEOUS_QUERIES", (await refused.Task.WaitAsync(TimeSpan.FromSeconds(20))).Text);
        Assert.Equal("Ok.\n", await Client.Http.GetStringAsync("/ping"));
        await end.CancelAsync();
        await Task.WhenAll(calls);
        Assert.Equal("1", await Client.RunAsync("SELECT 1"));
    }
}

using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Tests.Client;

[Collection(UsesClickHouse.Name)]
public sealed class ClickHouseClientTests(ClickHouse clickHouse)
{
    public static TheoryData<string> HostileTexts =>
    [
        "", "plain", "it's", "'; DROP TABLE otel_traces; --", "back\\slash", "\\N", "\\", "tab\tnew\nline\r", "zero\0", "\"double\"", "`tick`", "{x:String}", "%27%20&a=b+c#",
        "größer ☃ 你好 🙂", new string('x', 5000),
    ];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public async Task Query_HostileText_ComesBackUnchanged(string text)
    {
        using var client = Connect();

        await using var rows = await client.QueryAsync(
            "SELECT {x:String}, length({x:String}), {xs:Array(String)}",
            [QueryParameter.Of("x", text), QueryParameter.Of("xs", [text, "b", text])]);

        Assert.True(await rows.NextAsync());
        Assert.Equal(text, rows.Text(0));
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(text), rows.Int(1));
        Assert.Equal([text, "b", text], rows.Texts(2));
        Assert.False(await rows.NextAsync());
    }

    [Fact]
    public async Task Query_EveryType_IsReadAsWritten()
    {
        using var client = Connect();
        const string Sql = """
            SELECT toUInt8(200), toUInt16(60000), toUInt32(4000000000), toUInt64(9000000000000000000), toInt8(-7), toInt16(-300), toInt32(-70000), toInt64(-5),
              toFloat32(0.5), toFloat64(1e300), true, toDateTime(1700000000, 'UTC'), toDateTime64('2024-01-02 03:04:05.123456789', 9, 'UTC'),
              toDateTime64('2024-01-02 03:04:05.123', 3, 'UTC'), 'text', toLowCardinality('low'), ['a', ''], [toLowCardinality('x'), 'y'],
              map('k', 'v', 'k2', ''), CAST(map('k', 'v'), 'Map(LowCardinality(String), String)'), [map('a', 'b'), map()], [1.5, -1], [toUInt64(1)], nan
            """;
        await using var rows = await client.QueryAsync(Sql);

        Assert.True(await rows.NextAsync());
        Assert.Equal([200, 60000, 4000000000, 9000000000000000000, -7, -300, -70000, -5], Enumerable.Range(0, 8).Select(rows.Int));
        Assert.Equal((0.5, 1e300, true), (rows.Double(8), rows.Double(9), rows.Bool(10)));
        Assert.Equal(1700000000_000000000, rows.UnixNanos(11));
        Assert.Equal(1704164645_123456789, rows.UnixNanos(12));
        Assert.Equal(new DateTimeOffset(2024, 1, 2, 3, 4, 5, 123, TimeSpan.Zero), rows.Time(13));
        Assert.Equal(("text", "low"), (rows.Text(14), rows.Text(15)));
        Assert.Equal(["a", ""], rows.Texts(16));
        Assert.Equal(["x", "y"], rows.Texts(17));
        Assert.Equal([new("k", "v"), new("k2", "")], rows.Map(18));
        Assert.Equal([new("k", "v")], rows.Map(19));
        Assert.Equal(["b"], rows.Maps(20)[0].Select(p => p.Value));
        Assert.Empty(rows.Maps(20)[1]);
        Assert.Equal([1.5, -1], rows.Doubles(21));
        Assert.Equal([1L], rows.Ints(22));
        Assert.True(double.IsNaN(rows.Double(23)));
    }

    [Fact]
    public async Task Stream_ManyBlocks_EveryRowOnce()
    {
        using var client = Connect();
        long sum = 0;
        await using var rows = await client.StreamAsync(
            "SELECT number, toLowCardinality(toString(number % 70000)), [toString(number)] FROM numbers(300000) SETTINGS max_block_size = 40000");

        while (await rows.NextAsync())
        {
            Assert.Equal((rows.Int(0) % 70000).ToString(System.Globalization.CultureInfo.InvariantCulture), rows.Text(1));
            sum += rows.Int(0);
        }

        Assert.Equal(300000L * 299999 / 2, sum);
    }

    [Fact]
    public async Task Stream_ServerFailsAfterTheFirstRows_ThrowsItsErrorAndNotGarbage()
    {
        using var client = Connect();
        await using var rows = await client.StreamAsync("SELECT number, throwIf(number = 3000000, 'too far') FROM numbers(4000000) SETTINGS max_block_size = 1000, max_threads = 1");
        long seen = 0;

        var error = await Assert.ThrowsAsync<ClickHouseException>(async () =>
        {
            while (await rows.NextAsync())
            {
                Assert.Equal(seen++, rows.Int(0));
            }
        });

        Assert.True(seen > 0, "The error came before the first row, so this is not the case to test.");
        Assert.Equal((395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", false), (error.Code, error.Name, error.IsRetryable));
        Assert.Contains("too far", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT * FROM no_such_table", 60, "UNKNOWN_TABLE")]
    [InlineData("SELEC 1", 62, "SYNTAX_ERROR")]
    [InlineData("SELECT {missing:UInt8}", 456, "UNKNOWN_QUERY_PARAMETER")]
    [InlineData("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")]
    public async Task Query_Refused_CodeNameAndText(string sql, int code, string name)
    {
        using var client = Connect();

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.QueryAsync(sql));

        Assert.Equal((code, name, false), (error.Code, error.Name, error.IsRetryable));
        Assert.DoesNotContain("version", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insert_WrongColumn_NamesIt()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var insert = new TableInsert("otel_traces", ["Nonsense"], 1, (stream, cancel) => stream.WriteAsync(new byte[] { 0, 0 }, cancel).AsTask());

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.InsertAsync(insert));

        Assert.Contains("Nonsense", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insert_BodyIsNotNative_IsRefusedAndNothingStored()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var insert = new TableInsert("otel_traces", ["TraceId"], 1, (stream, cancel) => stream.WriteAsync("certainly not a block"u8.ToArray(), cancel).AsTask());

        await Assert.ThrowsAsync<ClickHouseException>(() => client.InsertAsync(insert));

        Assert.Equal(0, await client.CountAsync("otel_traces"));
    }

    [Fact]
    public async Task Insert_LargeBodyForATableThatIsNotThere_ThrowsTheServersError()
    {
        using var client = await clickHouse.NewSchemaAsync();
        await client.ExecuteAsync("DROP TABLE otel_traces");
        var spans = TelemetryStore.Spans(Inserts.SampleSpans.Plain(60_000), null);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.InsertAsync(spans));

        Assert.Equal("UNKNOWN_TABLE", error.Name);
    }

    [Fact]
    public async Task Insert_WriterFailsHalfWay_NothingIsStored()
    {
        using var client = await clickHouse.NewSchemaAsync();
        var spans = TelemetryStore.Spans(Inserts.SampleSpans.Plain(5_000), null);
        using var whole = new MemoryStream();
        await spans.WriteAsync(whole, default);
        var broken = spans with
        {
            WriteAsync = async (stream, cancel) =>
            {
                await stream.WriteAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length / 2), cancel);
                throw new InvalidDataException("The spool file is damaged.");
            },
        };

        await Assert.ThrowsAsync<InvalidDataException>(() => client.InsertAsync(broken));

        Assert.Equal(0, await client.CountAsync("otel_traces"));
        await client.InsertAsync(spans);
        Assert.Equal(5_000, await client.CountAsync("otel_traces"));
    }

    [Fact]
    public async Task Query_TypeTheReaderDoesNotKnow_SaysToCastIt()
    {
        using var client = Connect();
        await using var rows = await client.QueryAsync("SELECT toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')");

        var error = await Assert.ThrowsAsync<ClickHouseException>(async () => await rows.NextAsync());

        Assert.Contains("UUID", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_CancelledWhileTheServerWorks_Throws()
    {
        using var client = Connect();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.QueryAsync("SELECT sleepEachRow(1) FROM numbers(30) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0", cancel: cancel.Token));
    }

    [Fact]
    public async Task Ping_Answers()
    {
        using var client = Connect();

        await client.PingAsync();
    }

    private ClickHouseClient Connect() => new(ClickHouseOptions.Parse(clickHouse.Url.ToString(), "default"));
}

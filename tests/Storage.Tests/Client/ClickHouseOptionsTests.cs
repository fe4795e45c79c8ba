using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Tests.Client;

public sealed class ClickHouseOptionsTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8123", "http://127.0.0.1:8123/", "", "", "meshinsight")]
    [InlineData("https://me:p%40ss%3A@db.example:8443/proxy/?database=shop", "https://db.example:8443/proxy/", "me", "p@ss:", "shop")]
    [InlineData("http://host:8123/?user=u&password=p%26", "http://host:8123/", "u", "p&", "meshinsight")]
    public void Parse_Url_TakesItApart(string url, string endpoint, string user, string password, string database)
    {
        var options = ClickHouseOptions.Parse(url);

        Assert.Equal((endpoint, user, password, database), (options.Endpoint.ToString(), options.User, options.Password, options.Database));
    }

    [Theory]
    [InlineData("not a url")]
    [InlineData("tcp://me:hunter2@host:9000")]
    [InlineData("http://me:hunter2@host:8123/?database=a;drop")]
    [InlineData("http://me:hunter2@host:8123/?compression=lz4")]
    public void Parse_Wrong_SaysWhatIsAllowedWithoutTheSecret(string url)
    {
        var error = Assert.Throws<FormatException>(() => ClickHouseOptions.Parse(url));

        Assert.Contains("MESH_CLICKHOUSE", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NothingSet_Defaults()
    {
        var options = ClickHouseOptions.Read(_ => null);

        Assert.Equal(("http://127.0.0.1:8123/", "meshinsight", "", 7, 90), (options.Endpoint.ToString(), options.Database, options.Cluster, options.RetentionDays, options.HistoryDays));
        Assert.False(options.CompressInserts);
    }

    [Fact]
    public void Read_EverythingSet_IsTaken()
    {
        var set = new Dictionary<string, string>
        {
            ["MESH_CLICKHOUSE_URL"] = "http://far.example:8123", ["MESH_CLICKHOUSE_DATABASE"] = "other", ["MESH_CLICKHOUSE_CLUSTER"] = "main", ["MESH_RETENTION_DAYS"] = "120",
        };

        var options = ClickHouseOptions.Read(set.GetValueOrDefault);

        Assert.Equal(("other", "main", 120, 120, true), (options.Database, options.Cluster, options.RetentionDays, options.HistoryDays, options.CompressInserts));
    }

    [Theory]
    [InlineData("MESH_RETENTION_DAYS", "0")]
    [InlineData("MESH_RETENTION_DAYS", "a week")]
    [InlineData("MESH_CLICKHOUSE_CLUSTER", "a`b")]
    [InlineData("MESH_CLICKHOUSE_DATABASE", "x y")]
    public void Read_WrongValue_NamesTheVariable(string name, string value)
    {
        var error = Assert.Throws<FormatException>(() => ClickHouseOptions.Read(n => n == name ? value : null));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }
}

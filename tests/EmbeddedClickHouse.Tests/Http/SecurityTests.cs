namespace MeshInsight.EmbeddedClickHouse.Tests.Http;

[Collection(SharedServerGroup.Name)]
public sealed class SecurityTests(SharedServer server)
{
    [Theory]
    [InlineData("SELECT * FROM file('/etc/passwd', LineAsString)")]
    [InlineData("SELECT file('/etc/passwd')")]
    [InlineData("SELECT * FROM url('http://127.0.0.1:1/', LineAsString)")]
    [InlineData("DESCRIBE TABLE url('http://127.0.0.1:1/', TSV)")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM `/etc/passwd`")]
    [InlineData("SELECT * FROM remote('127.0.0.1:1', system.one)")]
    [InlineData("SELECT * FROM s3('http://127.0.0.1:1/bucket/x', TSV, 'a String')")]
    [InlineData("SELECT * FROM sqlite('/tmp/x', 't')")]
    [InlineData("SELECT * FROM icebergLocal('/tmp')")]
    [InlineData("INSERT INTO FUNCTION url('http://127.0.0.1:1/', TSV, 'a String') VALUES ('x')")]
    [InlineData("CREATE TABLE x (a String) ENGINE = URL('http://127.0.0.1:1/', TSV)")]
    [InlineData("CREATE TABLE x (a String) ENGINE = S3('http://127.0.0.1:1/b/x', TSV)")]
    [InlineData("CREATE TABLE x (a String) ENGINE = Executable('id', TSV)")]
    [InlineData("CREATE DATABASE x ENGINE = Filesystem('/')")]
    [InlineData("CREATE DICTIONARY x (a Int64) PRIMARY KEY a SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)")]
    [InlineData("CREATE FUNCTION x AS (a) -> a")]
    [InlineData("SELECT 1 INTO OUTFILE '/tmp/meshinsight-outfile'")]
    [InlineData("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT TSV")]
    [InlineData("INSERT INTO t VALUES (file('/etc/passwd'))")]
    [InlineData("SYSTEM SHUTDOWN")]
    [InlineData("SYSTEM KILL")]
    [InlineData("CREATE USER x")]
    [InlineData("GRANT ALL ON *.* TO default")]
    [InlineData("BACKUP DATABASE default TO File('/tmp/x')")]
    public async Task Post_ReachesOutOfTheDatabase_IsAccessDenied(string sql)
    {
        var reply = await server.Client.PostAsync(sql);
        Assert.True(reply is { Code: 497, Status: 403 }, reply.Text);
        Assert.False(File.Exists("/tmp/meshinsight-outfile"));
    }

    [Theory]
    [InlineData("additional_result_filter=1")]
    [InlineData("additional_table_filters=%7B%27t%27%3A%271%27%7D")]
    public async Task Post_SettingThatCarriesSql_IsRefused(string setting) =>
        Assert.Equal(452, (await server.Client.PostAsync("SELECT 1", setting)).Code);
}

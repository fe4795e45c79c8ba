namespace MeshInsight.EmbeddedClickHouse.Tests.Http;

[Collection(SharedServerGroup.Name)]
public sealed class SessionTests(SharedServer server)
{
    private readonly string _session = "session_id=" + Guid.NewGuid();

    private Caller Client => server.Client;

    [Fact]
    public async Task Session_TemporaryTableAndSet_LiveInItAlone()
    {
        await Client.RunAsync("CREATE TEMPORARY TABLE tmp (a UInt8)", _session);
        await Client.RunAsync("INSERT INTO tmp VALUES (3)", _session);
        await Client.RunAsync("SET max_threads = 3", _session);
        Assert.Equal("3\t3", await Client.RunAsync("SELECT a, getSetting('max_threads') FROM tmp", _session));
        Assert.Equal(60, (await Client.PostAsync("SELECT * FROM tmp")).Code);
    }

    [Fact]
    public async Task Session_SettingAndDatabaseOfOneRequest_DoNotOutliveIt()
    {
        string before = await Client.RunAsync("SELECT getSetting('max_threads'), currentDatabase()", _session);
        Assert.Equal("7\tsystem", await Client.RunAsync("SELECT getSetting('max_threads'), currentDatabase()", _session + "&max_threads=7&database=system"));
        Assert.Equal(before, await Client.RunAsync("SELECT getSetting('max_threads'), currentDatabase()", _session));
    }

    [Fact]
    public async Task Session_UseAndSetWithoutOne_LeakNowhere()
    {
        await Client.RunAsync("USE system");
        await Client.RunAsync("SET max_threads = 5");
        Assert.NotEqual("5\tsystem", await Client.RunAsync("SELECT getSetting('max_threads'), currentDatabase()"));
    }

    [Fact]
    public async Task Session_GetInIt_ChangesNothing()
    {
        await Client.RunAsync("SELECT 1", _session);
        Assert.Equal("1\n", (await Client.SendAsync(HttpMethod.Get, _session + "&query=SELECT%201", null)).Text);
        Assert.Equal(164, (await Client.SendAsync(HttpMethod.Get, _session + "&query=CREATE%20TEMPORARY%20TABLE%20t%20(a%20Int8)", null)).Code);
    }

    [Fact]
    public async Task Session_UsedTwiceAtOnce_IsLocked()
    {
        string mark = "mark_" + Guid.NewGuid().ToString("N");
        var first = Client.PostAsync($"SELECT sleep(3) AS {mark}", _session);
        while (await Client.RunAsync($"SELECT count() FROM system.processes WHERE query LIKE '%AS {mark}%' AND query NOT LIKE '%system.processes%'") == "0")
        {
            Assert.False(first.IsCompleted);
        }

        Assert.Equal(373, (await Client.PostAsync("SELECT 1", _session)).Code);
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Session_CheckedAndUnknown_IsNotFound() => Assert.Equal(372, (await Client.PostAsync("SELECT 1", _session + "&session_check=1")).Code);

    [Fact]
    public async Task Session_TimedOut_IsGone()
    {
        await Client.RunAsync("CREATE TEMPORARY TABLE tmp (a UInt8)", _session + "&session_timeout=0");
        Assert.Equal(60, (await Client.PostAsync("SELECT * FROM tmp", _session)).Code);
    }
}

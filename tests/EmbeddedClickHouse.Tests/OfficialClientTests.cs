using MeshInsight.Testing;

namespace MeshInsight.EmbeddedClickHouse.Tests;

/// <summary>The npm package @clickhouse/client, unchanged, against the server. Each script asserts for itself and names what failed.</summary>
[Collection(SharedServerGroup.Name)]
public sealed class OfficialClientTests(SharedServer server)
{
    [Theory]
    [InlineData("insert.js")]
    [InlineData("query.js")]
    [InlineData("errors.js")]
    [InlineData("sessions.js")]
    [InlineData("cancel.js")]
    public async Task Script_AgainstTheServer_Passes(string script) =>
        Assert.EndsWith("passed\n", await NodeScript.RunAsync("clickhouse/" + script, server.Client.Url.ToString()));
}

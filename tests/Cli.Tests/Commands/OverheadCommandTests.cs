using MeshInsight.Cli.Commands;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Cli.Tests.Commands;

public sealed class OverheadCommandTests
{
    [Fact]
    public void Table_BusiestFirst_SaysWhatBothSidecarsCost()
    {
        var output = new StringWriter();
        OverheadCommand.Table([Edge("web", "cart", 10, 0.1, 0.3, 0.1, 4.5), Edge("web", "checkout", 1000, 0.1, 0.2, 0.05, 9.65)]).WriteTo(output);

        Assert.Equal(
            """
            CALL                   CALLS  MEAN    APP    NETWORK  CLIENT-PROXY  SERVER-PROXY  MESH  CLIENT-P99  SERVER-P99
            web@v1 -> checkout@v2  1000   10.000  9.650  0.200    0.100         0.050         1.5%  0.200       0.100
            web@v1 -> cart@v2      10     5.000   4.500  0.300    0.100         0.100         4.0%  0.200       0.200

            """.ReplaceLineEndings(Environment.NewLine),
            output.ToString());
    }

    [Theory]
    [InlineData("overhead")]
    [InlineData("overhead", "--last", "1h", "--service", "checkout")]
    public void Options_AreTaken(params string[] arguments) => Assert.Empty(MeshCommand.Create(TimeProvider.System).Parse(arguments).Errors);

    private static EdgeTimes Edge(string source, string destination, long requests, double client, double network, double server, double app) =>
        new(source, "v1", destination, "v2", requests, new(client, client, 2 * client), new(network, network, network), new(server, server, 2 * server), new(app, app, app));
}

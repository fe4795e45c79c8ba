using MeshInsight.Cli.Commands;

namespace MeshInsight.Cli.Tests.Commands;

public sealed class ScenarioCommandTests
{
    [Theory]
    [InlineData("scenario")]
    [InlineData("scenario", "--scenario", "degraded", "--faults", "http://127.0.0.1:5001/", "--portal", "http://localhost:4300/", "--warm-up", "5s", "--fault-after", "10")]
    public void Options_AsComposeGivesThem_AreTaken(params string[] arguments) => Assert.Empty(MeshCommand.Create(TimeProvider.System).Parse(arguments).Errors);

    [Theory]
    [InlineData("--faults", "nonsense")]
    [InlineData("--portal", "ftp://localhost")]
    [InlineData("--scenario", "earthquake")]
    public void Options_Wrong_AreNamedWithWhatIsAllowed(string option, string value)
    {
        var errors = MeshCommand.Create(TimeProvider.System).Parse(["scenario", option, value]).Errors;
        Assert.Contains(errors, e => e.Message.Contains(value, StringComparison.Ordinal));
    }
}

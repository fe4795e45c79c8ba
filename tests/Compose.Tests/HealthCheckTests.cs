using MeshInsight.Testing;

namespace MeshInsight.Compose.Tests;

/// <summary>deploy/healthcheck.sh in a network and beside a first process of its own, as in a container.</summary>
public sealed class HealthCheckTests
{
    private const int Ended = 42;
    private const int Unhealthy = 1;

    [Theory]
    [InlineData("", Ended)]
    [InlineData("ip link add eth0 type veth peer name other;", Unhealthy)]
    public async Task Check_NobodyAnswers_EndsTheProgramOnlyWhereItsNetworkIsGone(string network, int exit)
    {
        string script = Path.Combine(Repository.Root, "deploy", "healthcheck.sh");
        string first = $"trap 'exit {Ended}' TERM; mount -t proc proc /proc; {network} bash {script} 1 /; exit $?";

        await using var container = ProgramProcess.StartCommand("unshare", [], ["--net", "--pid", "--mount", "--fork", "--kill-child", "bash", "-c", first]);

        Assert.Equal(exit, await container.WaitForExitAsync());
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using MeshInsight.Cli.Supervision;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.Supervision;

public sealed class SupervisorTests : IDisposable
{
    private readonly TempDirectory _logs = new();
    private readonly ConcurrentQueue<string> _reports = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Dispose_RunningChildren_EndsThemAll()
    {
        int first;
        int second;
        await using (var supervisor = Supervisor())
        {
            var one = supervisor.Start(SleepingProgram.Spec("one"));
            var two = supervisor.Start(SleepingProgram.Spec("two", stopRank: 1));
            await Task.WhenAll(one.ListeningAsync("app"), two.ListeningAsync("app"));
            (first, second) = (one.Id, two.Id);
        }

        Assert.True(SleepingProgram.IsGone(first));
        Assert.True(SleepingProgram.IsGone(second));
        Assert.Empty(_reports);
    }

    [Fact]
    public async Task Log_OfAChild_HasItsOutputWithTimeAndName()
    {
        await using (var supervisor = Supervisor())
        {
            await supervisor.Start(SleepingProgram.Spec("one")).ListeningAsync("faults");
        }

        Assert.Matches(@"(?m)^\d\d:\d\d:\d\d\.\d{3} one \| listening app http://127\.0\.0\.1:\d+/", await File.ReadAllTextAsync(_logs.File("one.log")));
    }

    [Fact]
    public async Task Child_KilledByOthers_IsStartedAgainAndReported()
    {
        await using var supervisor = Supervisor();
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int starts = 0;
        var child = supervisor.Start(SleepingProgram.Spec("one"), line =>
        {
            if (line.StartsWith("listening app", StringComparison.Ordinal) && Interlocked.Increment(ref starts) == 2)
            {
                listening.TrySetResult();
            }
        });
        await child.ListeningAsync("app");

        using (var process = Process.GetProcessById(child.Id))
        {
            process.Kill();
        }

        await listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Contains("one ended with code 137", Assert.Single(_reports), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listening_ChildEndsFirst_FailsWithItsLastWords()
    {
        await using var supervisor = Supervisor();
        var child = supervisor.Start(SleepingProgram.Spec("one", role: "no-such-role"));

        var failure = await Assert.ThrowsAsync<ChildEndedException>(() => child.ListeningAsync("app"));

        Assert.Equal(2, failure.ExitCode);
        Assert.Contains("SHOP_ROLE is \"no-such-role\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains(_logs.File("one.log"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_OneChild_LeavesTheOthers()
    {
        await using var supervisor = Supervisor();
        var one = supervisor.Start(SleepingProgram.Spec("one"));
        var two = supervisor.Start(SleepingProgram.Spec("two"));
        await Task.WhenAll(one.ListeningAsync("app"), two.ListeningAsync("app"));

        await supervisor.StopAsync("one");

        Assert.True(SleepingProgram.IsGone(one.Id));
        Assert.False(SleepingProgram.IsGone(two.Id));
        Assert.Equal(["two"], supervisor.Running);
    }

    private Supervisor Supervisor() => new(_logs.Path, TimeProvider.System, _reports.Enqueue);
}

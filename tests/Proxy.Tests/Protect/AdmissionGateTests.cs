using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Protect;

public sealed class AdmissionGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan NoDeadline = TimeSpan.MaxValue;

    private readonly ManualTimeProvider _time = new();

    private AdmissionGate Gate(int maxRequests, int maxPending = 10, AdaptiveConcurrencyConfig? adaptive = null) =>
        new(new(maxRequests, adaptive, maxPending, TimeSpan.FromMilliseconds(100)), _time, new Random(1));

    private static Task<Admission> Enter(AdmissionGate gate, PriorityClass priority = PriorityClass.Medium, CancellationToken client = default) =>
        gate.EnterAsync(priority, NoDeadline, client).AsTask();

    private static async Task<AdmissionAnswer> Answer(Task<Admission> entering) => (await entering.WaitAsync(Patience)).Answer;

    private static long Refused(AdmissionGate gate, PriorityClass priority, AdmissionAnswer answer) => gate.Report().Refused[priority.Rank(), (int)answer];

    [Fact]
    public async Task Waiting_IsInOrderOfClassAndThenOfArrival()
    {
        var gate = Gate(1);
        Assert.Equal(AdmissionAnswer.Admitted, await Answer(Enter(gate)));
        PriorityClass[] classes = [PriorityClass.Low, PriorityClass.Medium, PriorityClass.Critical, PriorityClass.High, PriorityClass.Unset, PriorityClass.Critical];
        var waiting = classes.Select(c => Enter(gate, c)).ToList();

        foreach (int next in new[] { 2, 5, 3, 1, 4, 0 })
        {
            Assert.False(waiting[next].IsCompleted);
            gate.Exit(hadHead: false);
            Assert.Equal(AdmissionAnswer.Admitted, await Answer(waiting[next]));
            waiting[next] = Task.FromResult(default(Admission));
            Assert.Equal(1, gate.Report().Active);
        }
    }

    [Fact]
    public async Task Queue_Full_ShedsTheNewestOfTheLowestClass()
    {
        var gate = Gate(1, maxPending: 2);
        await Enter(gate);
        var first = Enter(gate, PriorityClass.Low);
        var second = Enter(gate, PriorityClass.Low);

        Assert.Equal(AdmissionAnswer.QueueFull, await Answer(Enter(gate, PriorityClass.Low)));
        var high = Enter(gate, PriorityClass.High);
        Assert.Equal(AdmissionAnswer.Displaced, await Answer(second));
        var critical = Enter(gate, PriorityClass.Critical);
        Assert.Equal(AdmissionAnswer.Displaced, await Answer(first));

        Assert.Equal(AdmissionAnswer.QueueFull, await Answer(Enter(gate, PriorityClass.High)));
        gate.Exit(false);
        Assert.Equal(AdmissionAnswer.Admitted, await Answer(critical));
        gate.Exit(false);
        Assert.Equal(AdmissionAnswer.Admitted, await Answer(high));
        Assert.Equal((1, 2, 1), (Refused(gate, PriorityClass.Low, AdmissionAnswer.QueueFull), Refused(gate, PriorityClass.Low, AdmissionAnswer.Displaced), Refused(gate, PriorityClass.High, AdmissionAnswer.QueueFull)));
    }

    [Fact]
    public async Task Waiting_IsOverAfterItsTime_OrTheCallersIfThatIsShorter()
    {
        var gate = Gate(1);
        await Enter(gate);
        var usual = Enter(gate);
        var hurried = gate.EnterAsync(PriorityClass.Critical, TimeSpan.FromMilliseconds(30), default).AsTask();
        var late = gate.EnterAsync(PriorityClass.Critical, TimeSpan.FromMilliseconds(-5), default).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(29));
        Assert.Equal(AdmissionAnswer.QueueTimeout, await Answer(late));
        Assert.False(hurried.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(AdmissionAnswer.QueueTimeout, await Answer(hurried));
        Assert.False(usual.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(70));
        Assert.Equal(AdmissionAnswer.QueueTimeout, await Answer(usual));
        Assert.Equal(0, gate.Report().Waiting.Sum());
    }

    [Fact]
    public async Task Client_ThatLeavesTheQueue_LeavesNothingBehind()
    {
        var gate = Gate(1);
        await Enter(gate);
        using var client = new CancellationTokenSource();
        var leaving = Enter(gate, PriorityClass.Critical, client.Token);
        var staying = Enter(gate);

        await client.CancelAsync();

        Assert.Equal(AdmissionAnswer.ClientGone, await Answer(leaving));
        gate.Exit(false);
        Assert.Equal(AdmissionAnswer.Admitted, await Answer(staying));
        gate.Exit(false);
        Assert.Equal((0, 0, 0), (gate.Report().Active, gate.Report().Working, gate.Report().Waiting.Sum()));
    }

    [Fact]
    public async Task Bound_Raised_LetsInWhoWaits()
    {
        var gate = Gate(1);
        await Enter(gate);
        var waiting = Enter(gate);

        gate.Use(new(2, null, 10, TimeSpan.FromSeconds(1)));

        Assert.Equal(AdmissionAnswer.Admitted, await Answer(waiting));
        Assert.Equal(2, gate.Report().Active);
    }

    [Fact]
    public async Task LearnedLimit_CountsUpToTheResponsesHead_TheFixedOneToItsEnd()
    {
        var fixedGate = Gate(1);
        var first = await Enter(fixedGate);
        fixedGate.HeadArrived(first.At, isSample: true);
        var waiting = Enter(fixedGate);
        Assert.False(waiting.IsCompleted);
        fixedGate.Exit(hadHead: true);
        Assert.Equal(AdmissionAnswer.Admitted, await Answer(waiting));

        var learned = Gate(0, adaptive: new(1, 1, TimeSpan.FromMilliseconds(100), 25, TimeSpan.FromSeconds(60), 50, 15));
        var stream = await Enter(learned);
        var next = Enter(learned);
        Assert.False(next.IsCompleted);
        learned.HeadArrived(stream.At, isSample: true);
        Assert.Equal(AdmissionAnswer.Admitted, await Answer(next));
        Assert.Equal((2, 1), (learned.Report().Active, learned.Report().Working));
    }

    [Fact]
    public void AnySequenceOfEvents_LeaksNoPlace_AndExceedsNoBound() => Property.ForAll(200, random =>
    {
        int bound = random.Next(1, 6);
        int pending = random.Next(0, 8);
        var adaptive = random.Next(2) == 0 ? new AdaptiveConcurrencyConfig(1, random.Next(1, 8), TimeSpan.FromMilliseconds(5), 25, TimeSpan.FromMilliseconds(300), 10, 15) : null;
        var gate = Gate(bound, pending, adaptive);
        var asking = new List<(Task<Admission> Task, CancellationTokenSource Client)>();
        var inside = new List<(Admission Admission, bool HadHead)>();
        int answered = 0;
        int asked = 0;
        for (int step = 0; step < 300; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    var client = new CancellationTokenSource();
                    asking.Add((gate.EnterAsync((PriorityClass)random.Next(5), random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.Next(50)) : NoDeadline, client.Token).AsTask(), client));
                    asked++;
                    break;
                case 2 when asking.Count > 0:
                    asking[random.Next(asking.Count)].Client.Cancel();
                    break;
                case 3:
                    _time.Advance(TimeSpan.FromMilliseconds(random.Next(40)));
                    break;
                case 4 when inside.Count > 0:
                    int headed = random.Next(inside.Count);
                    if (!inside[headed].HadHead)
                    {
                        gate.HeadArrived(inside[headed].Admission.At, random.Next(2) == 0);
                        inside[headed] = (inside[headed].Admission, true);
                    }

                    break;
                case 5 when inside.Count > 0:
                    int leaving = random.Next(inside.Count);
                    gate.Exit(inside[leaving].HadHead);
                    inside.RemoveAt(leaving);
                    break;
            }

            answered += Collect(gate, asking, inside);
            var report = gate.Report();
            Assert.Equal((inside.Count, inside.Count(i => !i.HadHead), asking.Count), (report.Active, report.Working, report.Waiting.Sum()));
            Assert.True(report.Active <= bound && report.Waiting.Sum() <= pending);
        }

        // Whoever waits goes in or gives up; then nothing is left.
        while (asking.Count > 0 || inside.Count > 0)
        {
            inside.ForEach(i => gate.Exit(i.HadHead));
            inside.Clear();
            _time.Advance(TimeSpan.FromMilliseconds(100));
            answered += Collect(gate, asking, inside);
        }

        var end = gate.Report();
        Assert.Equal((0, 0, 0, asked), (end.Active, end.Working, end.Waiting.Sum(), answered));
        Assert.Equal(asked, end.Admitted.Sum() + end.Refused.Cast<long>().Sum());
    });

    // Decisions are made under the gate's lock, so it knows how many there are; the tasks that bring them end a moment later.
    private static int Collect(AdmissionGate gate, List<(Task<Admission> Task, CancellationTokenSource Client)> asking, List<(Admission Admission, bool HadHead)> inside)
    {
        int decided = asking.Count - gate.Report().Waiting.Sum();
        Assert.True(SpinWait.SpinUntil(() => asking.Count(a => a.Task.IsCompleted) == decided, Patience), "A decision never came.");
        for (int i = asking.Count - 1; i >= 0; i--)
        {
            var (task, client) = asking[i];
            if (!task.IsCompleted)
            {
                continue;
            }

            if (task.Result.Answer == AdmissionAnswer.Admitted)
            {
                inside.Add((task.Result, false));
            }

            client.Dispose();
            asking.RemoveAt(i);
        }

        return decided;
    }
}

using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>
/// An app of so many workers behind a whole gate, under load that comes when it was planned to: a simulation by hand-moved time. Unlike <see cref="QueueingApp"/>,
/// which asks the limit alone, requests wait and are shed here as in a sidecar.
/// </summary>
internal sealed class QueueingGate(AdmissionGate gate, ManualTimeProvider time, Random random)
{
    private readonly PriorityQueue<long, long> _inFlight = new();
    private readonly PriorityQueue<long, long> _workers = new();
    private long _admitted;

    public int Capacity { get; init; } = 64;

    public TimeSpan ServiceTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Of a service time: how much of it is exponentially distributed, the rest being fixed.</summary>
    public double Chance { get; init; } = 0.1;

    public AdmissionReport Report => gate.Report();

    public long Shed
    {
        get
        {
            long shed = 0;
            foreach (long count in gate.Report().Refused)
            {
                shed += count;
            }

            return shed;
        }
    }

    /// <summary>Independent requests (a Poisson process).</summary>
    public void Run(TimeSpan duration, double requestsPerSecond)
    {
        var times = new List<TimeSpan>();
        var at = TimeSpan.Zero;
        while ((at += Between(requestsPerSecond)) < duration)
        {
            times.Add(at);
        }

        Run(duration, times);
    }

    /// <summary>So many at once, again and again.</summary>
    public void RunBursts(TimeSpan duration, int size, TimeSpan every)
    {
        var times = new List<TimeSpan>();
        for (var at = TimeSpan.Zero; at < duration; at += every)
        {
            times.AddRange(Enumerable.Repeat(at, size));
        }

        Run(duration, times);
    }

    private void Run(TimeSpan duration, List<TimeSpan> arrivals)
    {
        long start = time.GetTimestamp();
        foreach (var arrival in arrivals)
        {
            FinishUntil(start + arrival.Ticks);
            _ = gate.EnterAsync(PriorityClass.Medium, TimeSpan.MaxValue, CancellationToken.None).AsTask();
            Begin();
        }

        FinishUntil(start + duration.Ticks);
    }

    private void FinishUntil(long end)
    {
        while (_inFlight.TryPeek(out _, out long due) && due <= end)
        {
            MoveTo(due);
            gate.HeadArrived(_inFlight.Dequeue(), isSample: true);
            gate.Exit(hadHead: true);
            Begin();
        }

        MoveTo(end);
    }

    private void MoveTo(long at)
    {
        time.Advance(TimeSpan.FromTicks(Math.Max(0, at - time.GetTimestamp())));
        // Whoever waits may have been let in by a timer.
        Begin();
    }

    // All are of one class, so only how many were let in is asked, which is known without waiting for any task.
    private void Begin()
    {
        long admitted = gate.Report().Admitted.Sum();
        for (; _admitted < admitted; _admitted++)
        {
            _inFlight.Enqueue(time.GetTimestamp(), Finish());
        }
    }

    private long Finish()
    {
        long start = time.GetTimestamp();
        while (_workers.Count >= Capacity)
        {
            start = Math.Max(start, _workers.Dequeue());
        }

        long finish = start + (long)(ServiceTime.Ticks * (1 - Chance - (Chance * Math.Log(1 - random.NextDouble()))));
        _workers.Enqueue(finish, finish);
        return finish;
    }

    private TimeSpan Between(double perSecond) => TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond);
}

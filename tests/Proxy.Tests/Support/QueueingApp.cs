using MeshInsight.Proxy.Protect;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>
/// An app of so many workers and a service time, with a queue before them, under open-loop load that a limit holds back: a simulation by hand-moved time, so that
/// what the limit ought to be is known.
/// </summary>
internal sealed class QueueingApp(GradientLimit limit, ManualTimeProvider time, Random random)
{
    // Requests that wait before the limit; more are shed.
    private const int Backlog = 100;

    private readonly PriorityQueue<long, long> _inFlight = new();
    private readonly PriorityQueue<long, long> _workers = new();
    private int _backlog;

    public int Capacity { get; set; } = 64;

    public TimeSpan ServiceTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Share by which service times differ, to both sides.</summary>
    public double Noise { get; set; } = 0.1;

    public double CapacityPerSecond => Capacity / ServiceTime.TotalSeconds;

    public int Served { get; private set; }

    /// <summary>Latencies from admission to answer, of the last <see cref="Run"/>.</summary>
    public List<TimeSpan> Latencies { get; } = [];

    public void Run(TimeSpan duration, double requestsPerSecond)
    {
        Served = 0;
        Latencies.Clear();
        long end = time.GetTimestamp() + duration.Ticks;
        long arrival = NextArrival(requestsPerSecond);
        while (true)
        {
            long finish = _inFlight.TryPeek(out _, out long due) ? due : long.MaxValue;
            long next = Math.Min(arrival, finish);
            if (next >= end)
            {
                time.Advance(TimeSpan.FromTicks(end - time.GetTimestamp()));
                return;
            }

            time.Advance(TimeSpan.FromTicks(next - time.GetTimestamp()));
            if (arrival <= finish)
            {
                _backlog += _backlog < Backlog || limit.Shed(_inFlight.Count) ? 1 : 0;
                arrival = NextArrival(requestsPerSecond);
            }
            else
            {
                long admittedAt = _inFlight.Dequeue();
                Served++;
                Latencies.Add(TimeSpan.FromTicks(time.GetTimestamp() - admittedAt));
                limit.Ended(admittedAt, _inFlight.Count);
            }

            Admit();
        }
    }

    private void Admit()
    {
        if (_backlog > 0)
        {
            limit.GiveUpIfStalled(_inFlight.Count);
        }

        while (_backlog > 0 && _inFlight.Count < limit.Limit)
        {
            _backlog--;
            _inFlight.Enqueue(time.GetTimestamp(), Finish());
            limit.Began(_inFlight.Count);
        }
    }

    private long Finish()
    {
        long start = time.GetTimestamp();
        while (_workers.Count >= Capacity)
        {
            start = Math.Max(start, _workers.Dequeue());
        }

        long finish = start + (long)(ServiceTime.Ticks * (1 + (Noise * ((2 * random.NextDouble()) - 1))));
        _workers.Enqueue(finish, finish);
        return finish;
    }

    private long NextArrival(double perSecond) => time.GetTimestamp() + 1 + (long)(-Math.Log(1 - random.NextDouble()) / perSecond * TimeSpan.TicksPerSecond);
}

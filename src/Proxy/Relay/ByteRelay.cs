using System.Buffers;
using System.Net.Sockets;

namespace MeshInsight.Proxy.Relay;

/// <summary>How a relayed connection ended.</summary>
internal enum RelayOutcome
{
    /// <summary>Both ends said that they were done.</summary>
    Finished,

    /// <summary>The client's connection broke.</summary>
    ClientGone,

    /// <summary>The upstream's connection broke.</summary>
    UpstreamGone,

    /// <summary>Nothing passed for too long.</summary>
    Idle,

    /// <summary>This sidecar stopped.</summary>
    Stopped,
}

/// <summary>
/// Bytes both ways between a client and an upstream until both have finished: the end of one direction is passed on as such and leaves the other open. A failure
/// at either end ends both directions. A connection on which nothing moves holds no buffer.
/// </summary>
internal sealed class ByteRelay : IDisposable
{
    private const int BufferBytes = 16 * 1024;
    private const int Running = -1;

    private readonly RelayCount _count;
    private readonly TimeSpan _idle;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end;
    private readonly ITimer _timer;
    private long _movedAt;
    private int _outcome = Running;

    private ByteRelay(RelayCount count, TimeSpan idle, TimeProvider time, CancellationToken stopping)
    {
        (_count, _idle, _time) = (count, idle, time);
        _movedAt = time.GetTimestamp();
        _end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _timer = time.CreateTimer(static relay => ((ByteRelay)relay!).Look(), this, idle > TimeSpan.Zero ? idle : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Returns when the connection has ended; closing both ends is the caller's.</summary>
    /// <param name="idle">Longest time without a byte in either direction; zero for any.</param>
    public static async Task<RelayOutcome> RunAsync(RelayEnd client, RelayEnd upstream, RelayCount count, TimeSpan idle, TimeProvider time, CancellationToken stopping)
    {
        using var relay = new ByteRelay(count, idle, time, stopping);
        count.Open();
        await Task.WhenAll(
            relay.PumpAsync(client, upstream, isSent: true, RelayOutcome.ClientGone, RelayOutcome.UpstreamGone),
            relay.PumpAsync(upstream, client, isSent: false, RelayOutcome.UpstreamGone, RelayOutcome.ClientGone));
        count.Close();
        return relay._outcome != Running ? (RelayOutcome)relay._outcome : stopping.IsCancellationRequested ? RelayOutcome.Stopped : RelayOutcome.Finished;
    }

    public void Dispose()
    {
        _timer.Dispose();
        _end.Dispose();
    }

    private async Task PumpAsync(RelayEnd from, RelayEnd to, bool isSent, RelayOutcome sourceFailed, RelayOutcome targetFailed)
    {
        var blame = sourceFailed;
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                blame = sourceFailed;
                if (buffer is null)
                {
                    await ArrivalAsync(from);
                    buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                }

                int read = await from.Source.ReadAsync(buffer, _end.Token);
                blame = targetFailed;
                if (read == 0)
                {
                    await to.FinishAsync();
                    return;
                }

                Volatile.Write(ref _movedAt, _time.GetTimestamp());
                // Before they are written: who has them finds them in the books.
                _count.Add(isSent, read);
                await to.Target.WriteAsync(buffer.AsMemory(0, read), _end.Token);
                if (read < buffer.Length)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The first failure is the cause; the other direction then fails by it.
            End(_end.IsCancellationRequested ? Running : (int)blame);
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // A read of nothing returns when there is something, and needs no buffer until then.
    private ValueTask<int> ArrivalAsync(RelayEnd from) => from.Source.ReadAsync(Memory<byte>.Empty, _end.Token);

    private void End(int outcome)
    {
        Interlocked.CompareExchange(ref _outcome, outcome, Running);
        _end.Cancel();
    }

    // One timer per connection, set anew when it finds that something has moved: a byte costs one write of a timestamp.
    private void Look()
    {
        var left = _idle - _time.GetElapsedTime(Volatile.Read(ref _movedAt));
        try
        {
            if (left > TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
            }
            else
            {
                End((int)RelayOutcome.Idle);
            }
        }
        catch (ObjectDisposedException)
        {
            // The relay ended while the timer fired.
            return;
        }
    }
}

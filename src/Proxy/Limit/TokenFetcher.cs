using System.Threading.Channels;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;
using LimitKey = MeshInsight.Contracts.Limits.LimitKey;

namespace MeshInsight.Proxy.Limit;

/// <summary>Fetches tokens from the control plane: one call at a time, with all that was asked for meanwhile. Requests put their asks down and go on.</summary>
/// <param name="channel">Null without a control plane: every fetch fails at once.</param>
internal sealed class TokenFetcher(GrpcChannel? channel, string service, Func<string?> token, TimeProvider time)
{
    public const string Method = "/meshinsight.control.v1.MeshLimits/Lease";

    private const int MaxAsks = 256;
    private const int QueueLength = 4 * MaxAsks;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly Channel<Ask> _asks = Channel.CreateBounded<Ask>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    public void Fetch(string limit, LimitKey key, TokenStock stock, int wanted)
    {
        if (channel is null || !_asks.Writer.TryWrite(new(limit, key, stock, wanted)))
        {
            stock.Failed(time.GetTimestamp());
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<Ask>(MaxAsks);
        try
        {
            while (channel is not null && await _asks.Reader.WaitToReadAsync(stopping))
            {
                batch.Clear();
                while (batch.Count < MaxAsks && _asks.Reader.TryRead(out var ask))
                {
                    batch.Add(ask);
                }

                await FetchAsync(channel, batch, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Whoever still waits does so for its own timeout at most.
            batch.Clear();
        }
    }

    private async Task FetchAsync(GrpcChannel open, List<Ask> batch, CancellationToken stopping)
    {
        var request = new LeaseRequest { Service = service };
        foreach (var ask in batch)
        {
            var message = new LeaseAsk { Limit = ask.Limit, Wanted = ask.Wanted };
            message.Key.Add(ask.Key.First);
            message.Key.Add(ask.Key.Second);
            message.Key.Add(ask.Key.Third);
            request.Asks.Add(message);
        }

        try
        {
            var options = new GrpcCallOptions { Deadline = Limit, Headers = token() is { } secret ? [new("authorization", "Bearer " + secret)] : [] };
            var answer = await open.UnaryAsync(Method, request, LeaseResponse.Parser, options, stopping);
            Deliver(batch, answer);
        }
        catch (GrpcException)
        {
            // The stream to the control plane logs that it is away; here the limits' own modes take over.
            batch.ForEach(a => a.Stock.Failed(time.GetTimestamp()));
        }
    }

    private void Deliver(List<Ask> batch, LeaseResponse answer)
    {
        long now = time.GetTimestamp();
        for (int i = 0; i < batch.Count; i++)
        {
            var lease = i < answer.Leases.Count ? answer.Leases[i] : null;
            if (lease is null || lease.Unknown)
            {
                batch[i].Stock.Failed(now);
            }
            else
            {
                batch[i].Stock.Arrived(Math.Min(lease.Granted, batch[i].Wanted), lease.RetryAfterMillis * time.TimestampFrequency / 1000, now);
            }
        }
    }

    private readonly record struct Ask(string Limit, LimitKey Key, TokenStock Stock, int Wanted);
}

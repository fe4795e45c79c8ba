using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Tcp;

/// <summary>What connections of bytes have in common, whichever way they go: how many there may be, their book, and how they end.</summary>
internal sealed class TcpPath(OpenRelays relays, TcpObserver observer, TimeProvider time)
{
    /// <summary>Ends relays and what leads to them.</summary>
    public CancellationToken Stopping => relays.Stopping;

    /// <param name="serve">Connects and relays, or refuses.</param>
    /// <returns>When the connection has ended; closing it, and saying why to a client that was not greeted, is the caller's.</returns>
    public async Task<TcpRecord> RunAsync(ByteConnection client, bool isInbound, Func<TcpRecord, Task> serve)
    {
        // Of a connection on its way out the peer is whom it goes to.
        var record = observer.Begin(isInbound, client.Remote, client.Local, client.ServerName, isInbound ? client.Peer : null);
        try
        {
            if (!relays.TryEnter())
            {
                Refuse(record, ResponseFlags.Overloaded, $"{relays.Maximum} connections are being relayed, which is the most that MESH_MAX_RELAYS allows");
                return record;
            }

            try
            {
                await serve(record);
            }
            finally
            {
                relays.Exit();
            }

            return record;
        }
        finally
        {
            // One that never began is just closed, but for other sidecars, who could not tell that from an app that had nothing to say.
            if (record.Flags != ResponseFlags.None && (isInbound || record.Count is not null))
            {
                client.Reset();
            }

            observer.End(record);
        }
    }

    public static void Refuse(TcpRecord record, ResponseFlags flags, string reason)
    {
        record.Flags |= flags;
        record.Details = reason;
    }

    /// <summary>Bytes both ways until the end, which is noted.</summary>
    /// <param name="kind">Counts them, too, where connections of this kind have counts of their own.</param>
    public async Task RelayAsync(TcpRecord record, ByteConnection client, DialedConnection upstream, TimeSpan idle, RelayCount? kind = null)
    {
        if (!await client.GreetAsync())
        {
            Refuse(record, ResponseFlags.ClientGone, "the client left before there was a connection");
            upstream.Reset();
            return;
        }

        var outcome = await ByteRelay.RunAsync(client.End, upstream.End, observer.Open(record, kind), idle, time, relays.Stopping);
        switch (outcome)
        {
            case RelayOutcome.ClientGone:
                Refuse(record, ResponseFlags.ClientGone, "the client's connection broke");
                break;
            case RelayOutcome.UpstreamGone:
                Refuse(record, ResponseFlags.UpstreamClosed, "the upstream's connection broke");
                break;
            case RelayOutcome.Idle:
                Refuse(record, ResponseFlags.StreamIdle, $"nothing moved for {idle}");
                break;
            case RelayOutcome.Stopped:
                Refuse(record, ResponseFlags.LocalReset, "this sidecar stopped");
                break;
        }

        if (outcome != RelayOutcome.Finished)
        {
            upstream.Reset();
        }
    }
}

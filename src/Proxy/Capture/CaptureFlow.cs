using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Capture;

/// <summary>
/// What happens to a captured connection before HTTP sees it:
/// <list type="bullet">
/// <item>where it goes says whose it is: a service that speaks no HTTP, or a host outside that is declared by its address → served by its routes, whatever comes.</item>
/// <item>the client speaks: HTTP → the mesh; TLS for a name that has routes → served by them; anything else → relayed to where it was going.</item>
/// <item>it does not, for the detection time: the destination is connected to, since in its protocol the server may speak first.</item>
/// <item>the server speaks → relayed; the client speaks after all → as above, and a connection made for nothing is closed.</item>
/// </list>
/// So a client that connects ahead of its first request is no less routed, and a server that speaks first is kept waiting for the detection time only.
/// </summary>
internal sealed class CaptureFlow(ICapturePolicy policy, CaptureCounts counts, TimeSpan detectWithin, TimeProvider time)
{
    public CaptureCounts Counts => counts;

    /// <returns>True when it is for HTTP, nothing consumed; false when it was relayed to its end, or refused.</returns>
    /// <exception cref="OperationCanceledException">The client said too little in time.</exception>
    public async Task<bool> TakeAsync(ConnectionContext connection, OriginalDestination destination, CancellationToken firstBytesWithin)
    {
        if (!policy.IsForMesh(destination.Address))
        {
            await policy.PassOnAsync(connection, destination, connected: null);
            return false;
        }

        if (policy.ServerAt(destination.Address) is { } known)
        {
            await ServeAsync(connection, known);
            return false;
        }

        var input = connection.Transport.Input;
        var reading = input.ReadAsync(firstBytesWithin).AsTask();
        var upstream = await ArrivesAsync(reading) || !policy.MayRelay(destination.Address) ? null : await TryConnectAsync(destination.Address, firstBytesWithin);
        try
        {
            if (upstream is not null && await SpeaksFirstAsync(upstream, reading))
            {
                input.CancelPendingRead();
                Unread(input, await reading);
                await policy.PassOnAsync(connection, destination, upstream);
                return false;
            }

            var verdict = await JudgeAsync(input, reading, firstBytesWithin);
            if (verdict == CaptureVerdict.Http || (verdict == CaptureVerdict.Tls && policy.TakesTls))
            {
                counts.CountHttp();
                return true;
            }

            if (verdict == CaptureVerdict.Tls && await policy.ServerByHelloAsync(input, destination.Address, firstBytesWithin) is { } named)
            {
                await ServeAsync(connection, named);
                return false;
            }

            await policy.PassOnAsync(connection, destination, upstream);
            return false;
        }
        finally
        {
            upstream?.Dispose();
        }
    }

    private static void Unread(PipeReader input, ReadResult read) => input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);

    private static async Task<bool> SpeaksFirstAsync(Socket upstream, Task<ReadResult> client)
    {
        // A receive of nothing ends when there is something, or an end.
        var server = upstream.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).AsTask();
        bool isServer = await Task.WhenAny(client, server) == server && !client.IsCompleted;
        _ = server.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return isServer;
    }

    private static async Task<Socket?> TryConnectAsync(IPEndPoint destination, CancellationToken cancellationToken)
    {
        var socket = new Socket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TcpConfig.Default.ConnectTimeout);
        try
        {
            await socket.ConnectAsync(destination, limit.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            return null;
        }
    }

    private async Task<bool> ArrivesAsync(Task<ReadResult> reading)
    {
        if (reading.IsCompleted)
        {
            return true;
        }

        using var arrived = new CancellationTokenSource();
        bool isThere = await Task.WhenAny(reading, Task.Delay(detectWithin, time, arrived.Token)) == reading;
        await arrived.CancelAsync();
        return isThere;
    }

    private Task ServeAsync(ConnectionContext connection, CaptureServer server)
    {
        counts.CountRouted();
        return server(connection);
    }

    private static async Task<CaptureVerdict> JudgeAsync(PipeReader input, Task<ReadResult> reading, CancellationToken firstBytesWithin)
    {
        while (true)
        {
            var read = await reading;
            var verdict = CaptureStart.Judge(read.Buffer);
            if (verdict == CaptureVerdict.NeedMore && !read.IsCompleted)
            {
                // All is marked as seen, so that the next read waits for more; nothing is consumed.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                reading = input.ReadAsync(firstBytesWithin).AsTask();
                continue;
            }

            Unread(input, read);
            return verdict;
        }
    }
}

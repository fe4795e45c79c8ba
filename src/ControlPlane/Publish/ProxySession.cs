using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.ControlPlane.Registry;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>The life of one sidecar's stream: hello, snapshots out, answers and heartbeats in. Speaks messages; the transport is the caller's.</summary>
internal sealed partial class ProxySession(InstanceRegistry registry, SnapshotPublisher publisher, TimeProvider clock, ILogger<ProxySession> logger)
{
    private static readonly TimeSpan ForgetWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);
    private const int MaxIdLength = 253;
    private const int MaxWeight = 100;
    private const int MaxProblems = 100;

    private readonly Log _log = new(logger);

    /// <summary>Runs until the sidecar leaves or <paramref name="cancellationToken"/> ends it.</summary>
    /// <returns>Empty, or what was wrong with the first message.</returns>
    public async Task<string> RunAsync(
        Func<ValueTask<ProxyMessage?>> receive,
        Func<ControlMessage, CancellationToken, ValueTask> send,
        string controlPlaneVersion,
        CancellationToken cancellationToken)
    {
        if (await receive() is not { Hello: { } hello })
        {
            return "The first message must be a hello.";
        }

        if (Problem(hello) is { Length: > 0 } problem)
        {
            return problem;
        }

        var instance = Read(hello);
        var connection = publisher.Connect(hello.InstanceId, hello.SnapshotVersion);
        registry.Renew(instance, connection.Id, ready: null);
        publisher.MarkDirty();
        _log.Connected(hello.InstanceId, hello.Service, hello.Version, hello.SnapshotVersion);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(connection, send, (int)registry.Lease.TotalMilliseconds, controlPlaneVersion, ended.Token);
        try
        {
            await ReceiveAsync(instance, connection, receive, cancellationToken);
            return "";
        }
        finally
        {
            publisher.Disconnect(connection);
            registry.Disconnect(hello.InstanceId, connection.Id);
            await ended.CancelAsync();
            await QuietlyAsync(sending);
        }
    }

    private static InstanceState Read(Hello hello) => new(
        hello.InstanceId,
        hello.Service,
        hello.Version,
        hello.Zone,
        hello.InboundAddress,
        hello.AdminAddress,
        (ClusterProtocol)hello.Protocol,
        IsReady: false,
        LastSeen: default,
        ExpiresAt: default,
        IsConnected: true)
    {
        // A sidecar from before there were weights says 0.
        Weight = hello.Weight == 0 ? 1 : hello.Weight,
        AppPort = hello.AppPort,
    };

    private static string Problem(Hello hello)
    {
        if (hello.InstanceId.Length is 0 or > MaxIdLength)
        {
            return $"hello.instance_id must have 1 to {MaxIdLength} characters.";
        }

        if (hello.Service.Length is 0 or > MaxIdLength || hello.Version.Length > MaxIdLength || hello.Zone.Length > MaxIdLength)
        {
            return $"hello.service must have 1 to {MaxIdLength} characters, version and zone at most as many.";
        }

        if (hello.Weight is < 0 or > MaxWeight)
        {
            return $"hello.weight is {hello.Weight}; allowed are 1 to {MaxWeight}, 0 for 1.";
        }

        if (hello.AppPort is < 0 or > ushort.MaxValue)
        {
            return $"hello.app_port is {hello.AppPort}; allowed are 1 to {ushort.MaxValue}, 0 for none.";
        }

        return hello.InboundAddress.Length == 0 || IsAddress(hello.InboundAddress)
            ? ""
            : $"hello.inbound_address \"{hello.InboundAddress}\" must be host:port.";
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate("http://" + text, UriKind.Absolute, out var uri) && uri.Authority == text && uri.Port > 0 && text.Contains(':', StringComparison.Ordinal);

    private static async Task SendAsync(
        ProxyConnection connection,
        Func<ControlMessage, CancellationToken, ValueTask> send,
        int leaseMillis,
        string controlPlaneVersion,
        CancellationToken cancellationToken)
    {
        long sent = 0;
        await send(new ControlMessage { Welcome = new Welcome { LeaseMillis = leaseMillis, ControlPlaneVersion = controlPlaneVersion } }, cancellationToken);
        while (true)
        {
            var newest = await connection.NextAsync(sent, cancellationToken);
            await send(newest.Message, cancellationToken);
            sent = newest.Version;
        }
    }

    private async Task ReceiveAsync(InstanceState instance, ProxyConnection connection, Func<ValueTask<ProxyMessage?>> receive, CancellationToken cancellationToken)
    {
        while (await receive() is { } message)
        {
            switch (message.MessageCase)
            {
                case ProxyMessage.MessageOneofCase.Goodbye:
                    registry.Remove(instance.InstanceId, connection.Id);
                    _log.Left(instance.InstanceId, instance.Service);
                    await ForgottenAsync(cancellationToken);
                    return;
                case ProxyMessage.MessageOneofCase.Answer:
                    Take(instance, connection, message.Answer);
                    break;
            }

            if (message.Heartbeat is { } heartbeat)
            {
                instance = instance with { AcceptsTls = heartbeat.AcceptsTls };
            }

            // A newer stream of the same instance has taken over: this one is a leftover of a broken connection.
            if (!registry.Renew(instance, connection.Id, message.Heartbeat?.Ready))
            {
                return;
            }
        }
    }

    // The end of the stream is the answer to a goodbye: from then on no caller's snapshot has the instance. One that does not answer must not hold up who leaves.
    private async Task ForgottenAsync(CancellationToken cancellationToken)
    {
        publisher.Publish();
        long version = publisher.Newest?.Version ?? 0;
        long start = clock.GetTimestamp();
        while (!publisher.LiveProxies.All(p => p.AcceptedVersion >= version) && clock.GetElapsedTime(start) < ForgetWithin)
        {
            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    private void Take(InstanceState instance, ProxyConnection connection, SnapshotAnswer answer)
    {
        var state = connection.Answer(answer.Version, answer.Accepted, [.. answer.Problems.Take(MaxProblems)]);
        if (!answer.Accepted)
        {
            _log.Refused(instance.InstanceId, answer.Version, string.Join("; ", state.Problems));
        }
        else if (publisher.Newest is { } newest && newest.Version == answer.Version)
        {
            _log.Accepted(instance.InstanceId, answer.Version, (clock.GetUtcNow() - newest.At).TotalMilliseconds);
        }
    }

    // The stream is over; why the other direction ended says nothing new.
    private async Task QuietlyAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or InvalidOperationException)
        {
            _log.SendingEnded(error.GetType().Name);
        }
    }
}

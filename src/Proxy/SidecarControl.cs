using System.Globalization;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Snapshots;

namespace MeshInsight.Proxy;

/// <summary>
/// What a sidecar has with the control plane: its certificate, the stream that brings snapshots and tells how we are, its parts of limits that many share. Where there
/// is no control plane, nothing of it.
/// </summary>
internal sealed class SidecarControl : IDisposable
{
    // The control plane ends our stream once every caller's sidecar has left us out; until then we still accept, and a little longer for requests that picked us before.
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastPicks = TimeSpan.FromMilliseconds(300);
    private const int MaxSnapshotBytes = 64 * 1024 * 1024;

    private readonly ProxyOptions _options;
    private readonly SnapshotKeeper _keeper;
    private readonly Func<ListenerSide, int> _port;
    private readonly TimeProvider _time;
    private readonly GrpcChannel? _channel;
    private readonly IdentityKeeper? _identityKeeper;
    private readonly ControlStream? _stream;
    private Task _joined = Task.CompletedTask;

    /// <param name="identity">Null where mutual TLS is off.</param>
    /// <param name="port">Which ports are ours; asked once they are open.</param>
    /// <param name="beat">How we are.</param>
    public SidecarControl(
        ProxyOptions options, IdentityState? identity, SnapshotKeeper keeper, Func<ListenerSide, int> port, Func<Heartbeat> beat, TimeProvider time, Random random, ILogger logger)
    {
        (_options, _keeper, _port, _time) = (options, keeper, port, time);
        var credentials = new ControlCredentials(options.ControlUrl, options.TokenFile, identity, logger);
        if (options.ControlUrl is { } url)
        {
            _channel = new(url, new() { MaxReceiveBytes = MaxSnapshotBytes, Clock = time, AcceptsServer = credentials.IsControlPlane });
            _stream = new(_channel, Hello, keeper, beat, credentials.Token, time, random, logger);
            if (identity is not null)
            {
                var call = new CertificateCall(_channel, options.Service, options.Instance, credentials.Secret);
                var file = options.DataFile("identity", "pem") is { } path ? new IdentityFile(path) : null;
                _identityKeeper = new(options.Service, identity, call, file, time, random, logger);
            }
        }

        Tokens = new(_channel, options.Service, credentials.Token, time);
    }

    public TokenFetcher Tokens { get; }

    public bool IsConnected => _stream?.IsConnected ?? false;

    /// <summary>Ends when the first certificate has come, or has not.</summary>
    public Task IdentityAttempted => _identityKeeper?.FirstAttempt ?? Task.CompletedTask;

    /// <summary>Takes up the certificate of the process before.</summary>
    public void Restore() => _identityKeeper?.Restore();

    /// <summary>Joins the mesh and stays in it. Not before our ports are open, which the control plane is told.</summary>
    public Task RunAsync(CancellationToken stopping)
    {
        var certificates = _identityKeeper?.RunAsync(stopping) ?? Task.CompletedTask;
        _joined = JoinAsync(stopping);
        return Task.WhenAll(certificates, _joined, Tokens.RunAsync(stopping));
    }

    /// <summary>Says goodbye, and ends when nobody picks us any more.</summary>
    public async Task LeaveAsync()
    {
        if (_stream is { IsConnected: true })
        {
            await _stream.GoodbyeAsync();
            await Task.WhenAny(_joined, Task.Delay(LeaveWithin, _time));
            await Task.Delay(LastPicks, _time);
        }
    }

    public void Dispose()
    {
        _channel?.Dispose();
        _identityKeeper?.Dispose();
    }

    // With a certificate first, so that the mesh hears of us once: by then as one that takes mutual TLS.
    private async Task JoinAsync(CancellationToken stopping)
    {
        await IdentityAttempted;
        if (_stream is not null)
        {
            await _stream.RunAsync(stopping);
        }
    }

    private Hello Hello() => new()
    {
        InstanceId = _options.Instance,
        Service = _options.Service,
        Version = _options.Version,
        Zone = _options.Zone,
        InboundAddress = _options.OpensInbound ? Advertised(ListenerSide.Inbound) : "",
        Protocol = (Protocol)_options.Protocol,
        SnapshotVersion = _keeper.Version,
        ProxyVersion = TelemetrySource.Version,
        AdminAddress = Advertised(ListenerSide.Admin),
        Weight = _options.Weight,
        AppPort = _options.AppUrl?.Port ?? 0,
    };

    private string Advertised(ListenerSide side) => $"{_options.Advertise}:{_port(side).ToString(CultureInfo.InvariantCulture)}";
}

using System.Security.Cryptography;
using MeshInsight.Client.Inbound;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Http;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Client;

/// <summary>The sidecar in this process, between the app's start and its stop.</summary>
internal sealed partial class MeshNode : IAsyncDisposable
{
    // A control plane that is away must not keep an app from starting; what is called before there are routes gets 404.
    private static readonly TimeSpan RoutesWithin = TimeSpan.FromSeconds(5);

    private readonly ProxyOptions _options;
    private readonly ILogger _logger;
    private readonly Stream _accessLog = Console.OpenStandardOutput();
    private readonly LateApp? _app;
    private readonly TraceContinuity _traces = new();

    public MeshNode(ProxyOptions options, IServiceProvider services)
    {
        _options = options;
        _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("MeshInsight.Client");
        _app = options.IsAppInProcess ? new(services.GetService<TimeProvider>() ?? TimeProvider.System) : null;
        var random = new ConcurrentRandom(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        Sidecar = new(options, services.GetService<TimeProvider>() ?? TimeProvider.System, random, services.GetRequiredService<ILoggerFactory>(), _accessLog, _app);
    }

    public Sidecar Sidecar { get; }

    public OutboundPath Outbound => Sidecar.Outbound;

    /// <summary>Whether a request to this address is the mesh's: a name below <c>.mesh</c>, or one that the mesh has routes for.</summary>
    public bool Serves(Uri uri) =>
        (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeWs) && (uri.Host.EndsWith(Authority.Suffix, StringComparison.OrdinalIgnoreCase) || Sidecar.Routes.Table.Knows(uri.Host));

    /// <summary>Joins the mesh. Returns when there are routes to go by, or after a while without.</summary>
    /// <param name="app">Null where there is no server.</param>
    public async Task StartAsync(IHostedApp? app, CancellationToken cancellationToken)
    {
        if (app is not null)
        {
            _app?.Use(app);
        }

        await Sidecar.StartAsync();
        Log.Joined(_logger, _options.Instance, _options.Service, app is null ? "nobody calls it" : $"called at {Sidecar.Url(ListenerSide.Inbound).Authority}", Sidecar.Url(ListenerSide.Admin));
        if (_options.ControlUrl is not null)
        {
            await Task.WhenAny(Sidecar.FirstSnapshot, Task.Delay(RoutesWithin, cancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sidecar.DisposeAsync();
        _traces.Dispose();
        await _accessLog.DisposeAsync();
    }
}

using System.Net;
using System.Net.Quic;
using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MeshInsight.Proxy.Edge;

/// <summary>
/// One port of a gateway over QUIC, beside the one over TCP (docs/decisions/0192). Kestrel has HTTP/3 only with a container around it, so this server has one; the
/// pipeline behind it is ours as ever.
/// </summary>
internal sealed class Http3Listener : IAsyncDisposable
{
    public const string Missing = "QUIC needs the library libmsquic, which this machine does not have";

    private readonly WebApplication _container;
    private readonly IServer _server;

    private Http3Listener(WebApplication container)
    {
        _container = container;
        _server = container.Services.GetRequiredService<IServer>();
    }

    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => OperatingSystem.IsLinux() && QuicListener.IsSupported;

    /// <summary>What tells clients of it.</summary>
    public static string Advertisement(int port) => $"h3=\":{port}\"; ma=86400";

    /// <exception cref="IOException">The port is not free.</exception>
    [SupportedOSPlatform("linux")]
    public static async Task<Http3Listener> StartAsync(
        IPEndPoint address, ProxyOptions options, IHttpApplication<PipelineContext> application, CertificateStore certificates, Func<GatewayTable> gateway, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseQuic().ConfigureKestrel(kestrel =>
        {
            options.Clients.Apply(kestrel, isApp: false);
            kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http3;
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = context => new(Choose(gateway().Port(address.Port), certificates, context.ClientHelloInfo.ServerName)) });
            });
        });
        var listener = new Http3Listener(builder.Build());
        try
        {
            await listener._server.StartAsync(new Http3Application(application, address.Port, gateway), CancellationToken.None);
            return listener;
        }
        catch
        {
            await listener.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops accepting and waits for requests in flight until <paramref name="limit"/>.</summary>
    public Task StopAsync(CancellationToken limit) => _server.StopAsync(limit);

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private static SslServerAuthenticationOptions Choose(GatewayPort? port, CertificateStore certificates, string serverName)
    {
        var certificate = port?.Find(serverName)?.Config is { Http3: true } listener ? certificates.Choose(listener.Certificates, serverName) : null;
        return new()
        {
            ServerCertificateContext = certificate?.Requests.ServerCertificateContext ?? throw new AuthenticationException($"No listener with HTTP/3 and a certificate serves the name \"{serverName}\"."),
            ApplicationProtocols = [SslApplicationProtocol.Http3],
        };
    }
}

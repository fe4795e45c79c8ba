using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>An app that speaks no HTTP: says its name first, answers every line with its name and the line, and finishes when the client has.</summary>
internal sealed class TcpApp : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _name;
    private readonly bool _greets;
    private int _heard;
    private bool _isStopped;

    private TcpApp(string name, X509Certificate2? certificate, bool greets)
    {
        (_name, Certificate, _greets) = (name, certificate, greets);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Null where it speaks plain.</summary>
    public X509Certificate2? Certificate { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public Uri Url => new($"tcp://127.0.0.1:{Port}");

    /// <summary>Lines; its sidecar connects without saying one, to see whether it is there.</summary>
    public int Heard => Volatile.Read(ref _heard);

    public static TcpApp Start(string name, bool greets = false) => new(name, null, greets);

    /// <summary>Within TLS of its own, by a certificate of its own.</summary>
    public static TcpApp StartTls(string name, params string[] hostnames) => new(name, SelfSigned(hostnames), greets: false);

    public static X509Certificate2 SelfSigned(params string[] hostnames)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=tcp-app", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        hostnames.ToList().ForEach(names.AddDnsName);
        request.CertificateExtensions.Add(names.Build());
        using var ephemeral = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddHours(1));
        return X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await _stop.CancelAsync();
            _listener.Dispose();
            Certificate?.Dispose();
            _stop.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var network = new NetworkStream(socket, ownsSocket: true);
            Stream stream = network;
            if (Certificate is not null)
            {
                var tls = new SslStream(network);
                await tls.AuthenticateAsServerAsync(Certificate);
                stream = tls;
            }

            if (_greets)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{_name} greets\n"), _stop.Token);
            }

            using var reader = new StreamReader(stream, leaveOpen: true);
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                Interlocked.Increment(ref _heard);
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{_name} heard {line}\n"), _stop.Token);
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes($"{_name} saw the end\n"), _stop.Token);
            if (stream is SslStream secured)
            {
                await secured.ShutdownAsync();
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException or ObjectDisposedException)
        {
            // The client left, or the test ended.
            socket.Dispose();
        }
    }
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using MeshInsight.Contracts.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// A connection after its TLS handshake, for Kestrel to read as if it were plain. Between sidecars requests stay <c>http://</c>, since their TLS is not the app's.
/// Kestrel closes it, which closes the connection below.
/// </summary>
internal sealed class TlsConnection : ConnectionContext, IDuplexPipe
{
    private readonly ConnectionContext _inner;
    private readonly SslStream _tls;

    public TlsConnection(ConnectionContext inner, SslStream tls)
    {
        (_inner, _tls) = (inner, tls);
        // Idle connections hold no buffer: a read of zero bytes waits for the peer first.
        Input = PipeReader.Create(tls, new(leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(tls, new(leaveOpen: true));
        Transport = this;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>For who reads no HTTP: what has come is in <see cref="Input"/>, what goes may pass <see cref="Output"/> by.</summary>
    public SslStream Tls => _tls;

    public bool IsHttp2 => _tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId
    {
        get => _inner.ConnectionId;
        set => _inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => _inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => _inner.Items;
        set => _inner.Items = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => _inner.ConnectionClosed;
        set => _inner.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _inner.LocalEndPoint;
        set => _inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _inner.RemoteEndPoint;
        set => _inner.RemoteEndPoint = value;
    }

    public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await Input.CompleteAsync();
            await Output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // What was left to send has nowhere to go.
            _inner.Abort(new ConnectionAbortedException("The peer left.", e));
        }

        await _tls.DisposeAsync();
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>Says on a connection which workload its peer has proved to be.</summary>
internal sealed record PeerFeature(SpiffeId Peer);

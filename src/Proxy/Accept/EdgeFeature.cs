using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Mesh;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MeshInsight.Proxy.Accept;

/// <summary>Says on each connection to a gateway where it came in.</summary>
/// <param name="Listener">The listener that the TLS server name chose; null on a plain connection, where each request chooses.</param>
internal sealed record EdgeFeature(int Port, GatewayListener? Listener)
{
    public bool IsTls => Listener is not null;
}

/// <summary>Its presence makes requests <c>https://</c>. Clients show no certificates at our edge.</summary>
internal sealed class EdgeTlsFeature(SslApplicationProtocol protocol) : ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    public ReadOnlyMemory<byte> ApplicationProtocol => protocol.Protocol;

    public X509Certificate2? ClientCertificate { get; set; }

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
}

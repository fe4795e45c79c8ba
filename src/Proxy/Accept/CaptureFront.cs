using MeshInsight.Proxy.Capture;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>A capturing listener: what is not for HTTP is relayed and ends here; the rest is as on the side's other listener.</summary>
internal sealed class CaptureFront(CaptureFlow flow, MeshFront mesh) : IConnectionFront
{
    public CaptureCounts Counts => flow.Counts;

    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        if (await flow.TakeAsync(connection, connection.Features.Get<OriginalDestination>()!, cancellation))
        {
            return await mesh.OpenAsync(connection, limit, cancellation);
        }

        await connection.DisposeAsync();
        return null;
    }
}

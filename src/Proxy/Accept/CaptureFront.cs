using MeshInsight.Proxy.Capture;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>A capturing listener: what is not the mesh's is relayed and ends here; the rest is as on the side's other listener.</summary>
/// <param name="own">What the side's other listener has.</param>
internal sealed class CaptureFront(CaptureFlow flow, IConnectionFront own) : IConnectionFront
{
    public CaptureCounts Counts => flow.Counts;

    public async ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation)
    {
        if (await flow.TakeAsync(connection, connection.Features.Get<OriginalDestination>()!, cancellation))
        {
            return await own.OpenAsync(connection, limit, cancellation);
        }

        await connection.DisposeAsync();
        return null;
    }
}

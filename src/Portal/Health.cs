using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal;

internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok\n"));
        app.MapGet("/readyz", async (ControlPlaneClient control, ITelemetry telemetry, CancellationToken cancellation) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            try
            {
                await Task.WhenAll(control.StatusAsync(limit.Token), telemetry.FreshnessAsync(limit.Token));
                return Results.Text("ready\n");
            }
            catch (Exception missing) when (missing is not OutOfMemoryException)
            {
                return Results.Text($"not ready: {FailureText.Of(missing)}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
            }
        });
    }
}

using MeshInsight.Collector.Meters;

namespace MeshInsight.Collector.Hosting;

/// <summary>/healthz, /readyz and /metrics.</summary>
internal static class AdminDoor
{
    private const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";

    /// <param name="missing">What keeps the collector from its work, in one line; empty when nothing does.</param>
    public static void Map(IEndpointRouteBuilder endpoints, CollectorMeters meters, Func<string> missing)
    {
        endpoints.MapGet("/healthz", static (HttpContext http) => http.Response.WriteAsync("ok\n"));
        endpoints.MapGet("/readyz", (HttpContext http) =>
        {
            string lacks = missing();
            http.Response.StatusCode = lacks.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return http.Response.WriteAsync(lacks.Length == 0 ? "ready\n" : lacks + "\n");
        });
        endpoints.MapGet("/metrics", (HttpContext http) =>
        {
            http.Response.ContentType = PrometheusText;
            return http.Response.WriteAsync(meters.WriteText());
        });
    }
}

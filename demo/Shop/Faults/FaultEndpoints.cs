using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Shop.Faults;

/// <summary>
/// <c>POST /faults {errorShare, addedLatencyMs, afterSeconds, forSeconds}</c> and <c>GET /faults</c>, on a listener of their own, since the app's
/// listener is reachable through the mesh.
/// </summary>
internal static class FaultEndpoints
{
    public static void MapFaults(this WebApplication app, FaultInjector faults, int adminPort)
    {
        // The port the connection came in on, not the one in the Host header, which a caller can make up.
        var admin = app.MapGroup("").AddEndpointFilter(async (call, next) =>
            call.HttpContext.Connection.LocalPort == adminPort ? await next(call) : Results.NotFound());
        admin.MapGet("/faults", () => faults.State());
        admin.MapPost("/faults", (FaultPlan plan) => Replace(faults, plan));
    }

    private static IResult Replace(FaultInjector faults, FaultPlan plan)
    {
        var problems = plan.Problems();
        if (problems.Count > 0)
        {
            return Results.Problem(title: "The fault plan is not possible.", detail: string.Join(' ', problems), statusCode: StatusCodes.Status400BadRequest);
        }

        faults.Replace(plan);
        return Results.Json(faults.State());
    }
}

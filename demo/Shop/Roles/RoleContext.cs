using MeshInsight.Shop.Calls;
using MeshInsight.Shop.Faults;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Shop.Roles;

/// <summary>What every role has at hand.</summary>
internal sealed record RoleContext(ShopOptions Options, MeshCalls Mesh, Work Work, FaultInjector Faults, TimeProvider Clock)
{
    public string Blame => Calls.Blame.App(Options.Role, Options.Version);

    /// <summary>Around every HTTP request: faults first, then the role; a failed call to another service becomes an answer that hands the blame on.</summary>
    public async Task ServeAsync(HttpContext http, Func<Task> next)
    {
        var fault = Faults.Next();
        if (fault.Delay > TimeSpan.Zero)
        {
            await Task.Delay(fault.Delay, Clock, http.RequestAborted);
        }

        if (fault.Fails)
        {
            await FailAsync(http, Blame);
            return;
        }

        try
        {
            await next();
        }
        catch (CallFailedException failure) when (!http.Response.HasStarted)
        {
            await FailAsync(http, failure.Blame);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    /// <summary>500, which nobody retries: the shop's failures are to be seen, not hidden by a second try.</summary>
    private static Task FailAsync(HttpContext http, string blame)
    {
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        http.Response.Headers[Calls.Blame.Header] = blame;
        return http.Response.WriteAsync(blame + "\n");
    }
}

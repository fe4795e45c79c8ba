using MeshInsight.Grpc.Server;

namespace MeshInsight.ControlPlane.Api;

/// <summary>Lets a call pass only with the mesh token.</summary>
internal sealed class TokenFilter(BearerToken token) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (token.Matches(context.HttpContext.Request.Headers.Authorization))
        {
            return await next(context);
        }

        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer realm=\"mesh\"";
        return ApiProblem.Unauthorized();
    }
}

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace MeshInsight.Portal.Security;

internal static class SecuritySetup
{
    public static void AddSecurity(this IServiceCollection services)
    {
        services.AddSingleton<OperatorToken>();
        services.AddAuthentication(OperatorAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, OperatorAuthentication>(OperatorAuthentication.SchemeName, null);
        services.AddAuthorization();
        services.AddCascadingAuthenticationState();
    }

    public static void UseRequestGuard(this WebApplication app)
    {
        app.UseMiddleware<RequestGuard>();
        app.Use((context, next) => TakeTokenFromLinkAsync(context, next));
    }

    /// <summary>Sign in by form and sign out. A link <c>/?token=…</c> signs in as well and then leaves the address bar.</summary>
    public static void MapSession(this WebApplication app)
    {
        app.MapPost("/session", (HttpContext context, OperatorToken token, [FromForm] string? value, [FromForm] string? back) =>
        {
            bool signedIn = TrySignIn(context, token, value ?? "");
            string target = back is ['/', not '/' and not '\\', ..] or "/" ? back : "/";
            return Results.LocalRedirect(signedIn ? target : "/sign-in?refused=true");
        });
        app.MapPost("/session/end", (HttpContext context) =>
        {
            context.Response.Cookies.Delete(OperatorAuthentication.Cookie);
            return Results.LocalRedirect("/");
        }).DisableAntiforgery();
    }

    private static Task TakeTokenFromLinkAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || context.Request.Query["token"] is not [{ Length: > 0 } presented])
        {
            return next(context);
        }

        bool signedIn = TrySignIn(context, context.RequestServices.GetRequiredService<OperatorToken>(), presented);
        // A path of two slashes would be a link to another host.
        string path = "/" + (context.Request.Path.Value ?? "").TrimStart('/', '\\');
        context.Response.Redirect(signedIn ? path : "/sign-in?refused=true");
        return Task.CompletedTask;
    }

    private static bool TrySignIn(HttpContext context, OperatorToken token, string presented)
    {
        if (!token.Matches(presented) || token.SessionValue() is not { } session)
        {
            return false;
        }

        context.Response.Cookies.Append(OperatorAuthentication.Cookie, session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            IsEssential = true,
        });
        return true;
    }
}

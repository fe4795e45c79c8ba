using Microsoft.Net.Http.Headers;

namespace MeshInsight.Portal;

/// <summary>Serves blazor.web.js out of this assembly when the build took the fallback (BlazorScriptFallback.targets); otherwise the static asset of the framework's package is there.</summary>
internal static class BlazorScript
{
    private const string ResourceName = "blazor.web.js";

    public static void MapBlazorScript(this WebApplication app)
    {
        var assembly = typeof(BlazorScript).Assembly;
        if (assembly.GetManifestResourceInfo(ResourceName) is null)
        {
            return;
        }

        var tag = new EntityTagHeaderValue($"\"{assembly.ManifestModule.ModuleVersionId:N}\"");
        app.MapGet("/_framework/blazor.web.js", () =>
            Results.Stream(assembly.GetManifestResourceStream(ResourceName)!, "text/javascript", entityTag: tag));
    }
}

using System.Net;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.Security;
using MeshInsight.Portal.Settings;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace MeshInsight.Portal;

/// <summary>How a page comes to be: guard (who asks, from where) → session → circuit → page → feeds (one poller per data set for all circuits) → clients.</summary>
internal static class PortalApp
{
    public static WebApplication Build(WebApplicationBuilder builder, PortalSettings settings)
    {
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(settings.Bind), settings.Port);
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        AddServices(builder.Services, settings);
        var app = builder.Build();
        Map(app);
        return app;
    }

    internal static void AddServices(IServiceCollection services, PortalSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddSecurity();
        services.AddDataProtection().AddKeyManagementOptions(keys =>
        {
            keys.XmlRepository = new KeysInMemory();
            keys.XmlEncryptor = new NullXmlEncryptor();
        });
        services.AddClients();
        services.AddSingleton<TopologyMemory>();
        services.AddScoped<ViewState>();
        services.AddRazorComponents().AddInteractiveServerComponents();
    }

    private static void Map(WebApplication app)
    {
        app.UseRequestGuard();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapHealth();
        app.MapSession();
        app.MapBlazorScript();
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}

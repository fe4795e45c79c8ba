using MeshInsight.Portal.Settings;
using MeshInsight.Storage.Client;

namespace MeshInsight.Portal.Clients;

internal static class ClientsSetup
{
    public static void AddClients(this IServiceCollection services)
    {
        services.AddHttpClient<ControlPlaneClient>();
        services.AddHttpClient<CollectorClient>();
        services.AddSingleton(provider => new ClickHouseClient(provider.GetRequiredService<PortalSettings>().ClickHouse));
        services.AddSingleton<ITelemetry, StoredTelemetry>();
        services.AddSingleton(provider => new FeedStore(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MeshData>();
        services.AddHostedService<ControlPlaneEvents>();
    }
}

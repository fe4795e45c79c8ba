using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>Which PeerAuthentication holds for one app: the one that names its service, else the one for the whole mesh; in it the port's mode before the general one.</summary>
internal static class InboundMode
{
    /// <param name="port">Where the app listens.</param>
    public static TlsMode Of(MeshSecurity security, string service, int port)
    {
        PeerAuthenticationConfig? general = null;
        foreach (var config in security.PeerAuthentications)
        {
            if (config.Services.Contains(service))
            {
                return At(config, port);
            }

            general ??= config.Services.Count == 0 ? config : null;
        }

        return general is null ? TlsMode.Permissive : At(general, port);
    }

    private static TlsMode At(PeerAuthenticationConfig config, int port) => config.Ports.TryGetValue(port, out var mode) ? mode : config.Mode;
}

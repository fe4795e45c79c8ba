using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>PeerAuthentication, with Istio's fields (https://istio.io/latest/docs/reference/config/security/peer_authentication/) and <c>targetRefs</c> for its selector.</summary>
internal sealed class PeerAuthenticationKind : IResourceKind
{
    private static readonly Dictionary<string, TlsMode> Modes = new()
    {
        ["PERMISSIVE"] = TlsMode.Permissive,
        ["STRICT"] = TlsMode.Strict,
        ["DISABLE"] = TlsMode.Disable,
    };

    public string Kind => "PeerAuthentication";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var services = TargetRefs.Read(spec);
        var mode = ReadMode(spec.Map("mtls"));
        var ports = new Dictionary<int, TlsMode>();
        if (spec.Map("portLevelMtls") is { } byPort)
        {
            foreach (string key in byPort.Keys())
            {
                if (!ushort.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
                {
                    byPort.Problem(key, "must be a port of the app, from 1 to 65535.");
                }

                ports[port] = ReadMode(byPort.Map(key));
            }

            byPort.Finish();
        }

        return new PeerAuthenticationConfig(name, services, mode, ports);
    }

    private static TlsMode ReadMode(FieldReader? reader)
    {
        var mode = reader?.Choice("mode", Modes, TlsMode.Permissive, required: true) ?? TlsMode.Permissive;
        reader?.Finish();
        return mode;
    }
}

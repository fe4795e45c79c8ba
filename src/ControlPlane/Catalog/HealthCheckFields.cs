using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>healthCheck</c> of a TrafficPolicy.</summary>
internal static class HealthCheckFields
{
    private static readonly Dictionary<string, HealthCheckKind> Kinds = new()
    {
        ["HTTP"] = HealthCheckKind.Http,
        ["GRPC"] = HealthCheckKind.Grpc,
        ["TCP"] = HealthCheckKind.Tcp,
    };

    public static HealthCheckConfig Read(FieldReader reader)
    {
        var kind = reader.Choice("type", Kinds, HealthCheckKind.Http, required: true);
        string path = "";
        string service = "";
        IReadOnlyList<int> statuses = [];
        if (kind == HealthCheckKind.Http)
        {
            path = reader.Text("path", fallback: "/");
            statuses = reader.IntegerList("expectedStatuses", 100, 599);
            if (!path.StartsWith('/') || path.Any(c => c is '#' or <= ' ' or > '~'))
            {
                reader.Problem("path", $"\"{path}\" must start with \"/\" and be printable ASCII without \"#\".");
            }
        }
        else if (kind == HealthCheckKind.Grpc)
        {
            service = reader.Text("service");
        }

        var check = new HealthCheckConfig(
            kind,
            path,
            service,
            kind == HealthCheckKind.Http && statuses.Count == 0 ? [200] : statuses,
            reader.PositiveDuration("interval", TimeSpan.FromSeconds(5)),
            reader.PositiveDuration("timeout", TimeSpan.FromSeconds(1)),
            reader.Integer("unhealthyThreshold", 1, 1000, 3),
            reader.Integer("healthyThreshold", 1, 1000, 1));
        reader.Finish();
        return check;
    }
}

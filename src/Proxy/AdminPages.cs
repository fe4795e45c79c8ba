using System.Text.Json;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Edge;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Mirror;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Snapshots;

namespace MeshInsight.Proxy;

/// <summary>The admin listener: is it alive, is it ready, what does it count, what does it route by.</summary>
internal sealed class AdminPages(ProxyOptions options, CurrentRoutes routes, IdentityState? identity, CurrentPolicy policy, CurrentOverload overload, SnapshotKeeper keeper, MetricsPage metrics, MirrorReport mirrors, DrainState drain, Func<GatewayListeners?> gateway, CertificateStore certificates)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    public Task RunAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "text/plain", "Only GET and HEAD.\n");
        }

        return request.Path.Value switch
        {
            "/healthz" => WriteAsync(context, StatusCodes.Status200OK, "text/plain", "alive\n"),
            "/readyz" => ReadyAsync(context),
            "/metrics" => MetricsAsync(context),
            "/config_dump" => WriteAsync(context, StatusCodes.Status200OK, "application/json", Dump()),
            "/mirrors" => WriteAsync(context, StatusCodes.Status200OK, "application/json", JsonSerializer.Serialize(new { mirrors = mirrors.All.Select(m => m.Describe()) }, Json)),
            _ => WriteAsync(context, StatusCodes.Status404NotFound, "text/plain", "Here are /healthz, /readyz, /metrics, /config_dump and /mirrors.\n"),
        };
    }

    private static Task WriteAsync(HttpContext context, int status, string type, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text);
    }

    private Task MetricsAsync(HttpContext context)
    {
        bool isOpenMetrics = MetricsFormat.IsOpenMetrics(context.Request.Headers.Accept);
        context.Response.Headers.Vary = "Accept";
        return WriteAsync(context, StatusCodes.Status200OK, isOpenMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.ContentType, metrics.Render(isOpenMetrics));
    }

    private Task ReadyAsync(HttpContext context) =>
        drain.IsDraining ? WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "text/plain", "draining: the sidecar was asked to stop\n")
        : keeper.HasOne && gateway()?.Problems.FirstOrDefault() is { } problem ? WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "text/plain", problem + "\n")
        : keeper.HasOne ? WriteAsync(context, StatusCodes.Status200OK, "text/plain", "ready\n")
        : WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "text/plain", $"no snapshot yet from the control plane {options.ControlUrl}\n");

    private string Dump()
    {
        var table = routes.Table;
        return JsonSerializer.Serialize(
            new
            {
                self = new { options.Service, options.Version, options.Instance, options.Zone, options.Protocol, options.AppUrl },
                identity = new { mutualTls = identity is not null, id = identity?.Current?.Id.Text, identity?.Current?.NotAfter, inboundMode = policy.Policy.Mode },
                gateway = gateway() is { } edge ? new { name = options.Gateway, edge.Open, edge.Problems, edge.Http3, edge.Missing, certificates = certificates.All.Select(Certificate) } : null,
                overload = overload.Gate?.Report() is { } room ? new { room.Active, room.Working, room.MaxRequests, room.LearnedLimit, room.IsMeasuring, minRttMillis = room.MinRtt.TotalMilliseconds, sampleRttMillis = room.SampleRtt.TotalMilliseconds, waiting = room.Waiting.Sum() } : null,
                epoch = keeper.Epoch,
                snapshot = table.Snapshot,
                endpoints = table.Snapshot.Clusters.Select(c => Cluster(c, table)),
            },
            Json);
    }

    private static object Certificate(CertificateState state) =>
        new { state.Name, names = state.Certificate?.Leaf.Subject, state.Certificate?.Leaf.NotAfter, sha256 = state.Certificate?.Leaf.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), state.Problem };

    private static object Cluster(ClusterConfig config, RouteTable table)
    {
        var state = table.Clusters.Find(config.Name);
        return new
        {
            cluster = config.Name,
            isPanicking = state?.IsPanicking ?? false,
            live = (state?.Endpoints.ToArray() ?? [])
                .Select(e => new { e.Config.InstanceId, e.Config.Address, e.Config.KeepPercent, e.Pending, e.Load, e.Usability, e.Health.Ejections, e.SparedFor }),
        };
    }
}

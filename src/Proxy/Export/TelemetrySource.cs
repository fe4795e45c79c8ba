using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Export;

/// <summary>The resource and scope of all that a sidecar exports: it speaks in the name of its instance.</summary>
internal static class TelemetrySource
{
    public static void Add(TelemetryBatch batch, Workload self)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", self.Service);
        batch.Attributes.AddText("service.version", self.Version);
        batch.Attributes.AddText("service.instance.id", self.Instance);
        batch.AddResource(first);
        batch.Scopes.Add(new(batch.Symbols.Add(MeshAttributes.ProxyScope), batch.Symbols.Add(Version), new(batch.Attributes.Count, 0), 0));
    }

    /// <summary>Of this program, as its assembly says.</summary>
    public static string Version { get; } = typeof(TelemetrySource).Assembly.GetName().Version?.ToString(3) ?? "0";
}

using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Export;

/// <summary>The resource and scope of all that a sidecar exports: it speaks in the name of its instance.</summary>
internal static class TelemetrySource
{
    public static OtlpSource Of(Workload self) => new(
        [("service.name", self.Service), ("service.version", self.Version), ("service.instance.id", self.Instance)], MeshAttributes.ProxyScope, Version);

    public static void Add(TelemetryBatch batch, Workload self)
    {
        var source = Of(self);
        int first = batch.Attributes.Count;
        foreach (var (key, text) in source.Resource)
        {
            batch.Attributes.AddText(key, text);
        }

        batch.AddResource(first);
        batch.Scopes.Add(new(batch.Symbols.Add(source.Scope), batch.Symbols.Add(source.ScopeVersion), new(batch.Attributes.Count, 0), 0));
    }

    /// <summary>Of this program, as its assembly says.</summary>
    public static string Version { get; } = typeof(TelemetrySource).Assembly.GetName().Version?.ToString(3) ?? "0";
}

namespace MeshInsight.Anomaly.Localizers;

/// <summary>How much of a service's departure its callees explain.</summary>
internal interface IBlame
{
    /// <summary>True when the service, as itself or its callers saw it, is worse than its baseline.</summary>
    bool Departs(string service);

    /// <returns>Callees and the share of the departure each explains; shares add up to at most 1.</returns>
    /// <param name="version">Only calls of this version count; empty for all.</param>
    IReadOnlyList<(string Callee, double Share)> Explained(string service, string version);
}

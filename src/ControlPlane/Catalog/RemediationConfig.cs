using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>What the mesh may do on its own about a sick instance, and how much of it.</summary>
/// <param name="Confidence">Findings less sure than this are left to people; 0..1.</param>
/// <param name="KeepPercent">Share of its fair load that a sick instance keeps, so that its recovery is seen; 0..99.</param>
/// <param name="MaxInstancesPercent">Most instances of one version that may be shifted away at the same time, rounded down.</param>
internal sealed record RemediationConfig(
    string Name,
    IReadOnlyList<SignalKind> Signals,
    double Confidence,
    int KeepPercent,
    bool RevertWhenRecovered,
    int MaxInstancesPercent,
    int MaxActionsPerHour);

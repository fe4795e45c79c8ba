using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Loop;

/// <summary>A decision that was carried out.</summary>
/// <param name="Service">Whose incident it belongs to.</param>
/// <param name="Finding">What was proven in the course of it; null for nothing new.</param>
internal readonly record struct Decided(Decision Decision, string Service, Finding? Finding);

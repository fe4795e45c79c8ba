namespace MeshInsight.Contracts.Mesh;

/// <summary>What class a request gets where it enters the mesh.</summary>
/// <param name="Default">Of requests whose header says nothing; unset leaves it to a later hop.</param>
/// <param name="Header">Whose value decides; empty for none.</param>
/// <param name="Values">What the header's values mean; others mean nothing.</param>
public sealed record PriorityConfig(PriorityClass Default, string Header, IReadOnlyDictionary<string, PriorityClass> Values);

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>Who speaks: the resource's attributes and the scope of everything it says.</summary>
public sealed record OtlpSource(IReadOnlyList<(string Key, string Text)> Resource, string Scope, string ScopeVersion);

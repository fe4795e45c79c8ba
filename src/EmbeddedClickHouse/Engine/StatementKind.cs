namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>What the engine's parser says about a text.</summary>
/// <param name="Statements">How many statements it holds; 0 when it does not parse.</param>
/// <param name="ReadsOnly">It changes nothing.</param>
internal readonly record struct StatementKind(uint Statements, bool ReadsOnly);

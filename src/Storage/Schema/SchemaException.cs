namespace MeshInsight.Storage.Schema;

/// <summary>The database's tables are of a newer program than this one; nothing was changed.</summary>
public sealed class SchemaException(string message) : Exception(message);

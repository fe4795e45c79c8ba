namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>Tells Kestrel to close the connection after what was written, without the chunk that says the answer is whole.</summary>
internal sealed class BrokenAnswerException() : Exception("The answer was broken off after a late error.");

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>Why the engine cannot start, in words for the person who started the program, with the exit code that goes with it.</summary>
internal sealed class EngineStartException(string message, int exitCode) : Exception(message)
{
    /// <summary>The engine's library is not there, or cannot be loaded.</summary>
    public const int LibraryMissing = 4;

    /// <summary>The data directory is in use, or cannot be used.</summary>
    public const int DataDirectoryUnusable = 5;

    public int ExitCode { get; } = exitCode;
}

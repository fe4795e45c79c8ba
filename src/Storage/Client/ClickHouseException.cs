namespace MeshInsight.Storage.Client;

/// <summary>ClickHouse refused a statement, failed during one, or could not be reached.</summary>
/// <param name="code">ClickHouse's error code; 0 when there is none (not reached, or no ClickHouse).</param>
/// <param name="name">ClickHouse's name of the code, such as <c>UNKNOWN_TABLE</c>; <see cref="UnreachableName"/> or empty otherwise.</param>
public sealed class ClickHouseException(int code, string name, string message, bool isRetryable, Exception? cause = null) : Exception(message, cause)
{
    public const string UnreachableName = "UNREACHABLE";

    public int Code => code;

    public string Name => name;

    /// <summary>The same request may succeed later; repeat an insert with the same deduplication token.</summary>
    public bool IsRetryable => isRetryable;
}

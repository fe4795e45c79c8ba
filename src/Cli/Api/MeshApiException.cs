namespace MeshInsight.Cli.Api;

/// <summary>The control plane refused, or could not be reached. The message is for people.</summary>
internal sealed class MeshApiException(string message, bool unreachable = false) : Exception(message)
{
    public bool IsUnreachable { get; } = unreachable;
}

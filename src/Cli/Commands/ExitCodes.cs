namespace MeshInsight.Cli.Commands;

/// <summary>What the command ends with, for scripts.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>It did not work, or the scenario ended otherwise than expected.</summary>
    public const int Failed = 1;

    /// <summary>Wrong options.</summary>
    public const int Usage = 2;

    public const int PortTaken = 3;
}

namespace MeshInsight.Cli.Demo;

/// <summary>What a run can end with, as the summary names it.</summary>
internal static class Outcomes
{
    public const string RolledBack = "RolledBack";
    public const string Promoted = "Promoted";
    public const string Held = "Held";
    public const string ShiftedAndReturned = "ShiftedAndReturned";
    public const string Quiet = "Quiet";

    /// <summary>An incident although nothing was wrong.</summary>
    public const string FalseAlarm = "FalseAlarm";
    public const string RolloutFailed = "RolloutFailed";

    /// <summary>The time was up before anything was decided.</summary>
    public const string Undecided = "Undecided";
    public const string Interrupted = "Interrupted";
}

using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Portal.ViewModels;

/// <summary>Decisions as marks on charts: what changed may be why the line does.</summary>
public static class ChangeMarks
{
    public static IReadOnlyList<ChartMark> Of(IEnumerable<Decision> decisions) =>
        [.. decisions.Where(d => d.Kind is not (DecisionKind.Refuse or DecisionKind.Propose))
            .Select(d => new ChartMark(d.At, Glyph(d.Kind), Tone(d.Kind), $"{Figures.Clock(d.At)} {Word(d.Kind)} {d.Target}: {d.Reason}"))];

    public static string Word(DecisionKind kind) => kind switch
    {
        DecisionKind.StartRollout => "Rollout started",
        DecisionKind.OpenStep => "Weight changed",
        DecisionKind.Hold => "Held",
        DecisionKind.Resume => "Resumed",
        DecisionKind.Promote => "Promoted",
        DecisionKind.RollBack => "Rolled back",
        DecisionKind.ShiftAway => "Shifted away from",
        DecisionKind.ShiftBack => "Shifted back to",
        DecisionKind.Propose => "Proposed for",
        _ => "Refused for",
    };

    public static string Glyph(DecisionKind kind) => kind switch
    {
        DecisionKind.StartRollout => "⚑",
        DecisionKind.OpenStep => "↗",
        DecisionKind.Hold => "‖",
        DecisionKind.Resume => "▸",
        DecisionKind.Promote => "✓",
        DecisionKind.RollBack => "↩",
        DecisionKind.ShiftAway => "⇥",
        DecisionKind.ShiftBack => "⇤",
        _ => "?",
    };

    public static string Tone(DecisionKind kind) => kind switch
    {
        DecisionKind.RollBack or DecisionKind.ShiftAway => "bad",
        DecisionKind.Hold => "warn",
        DecisionKind.Promote or DecisionKind.ShiftBack => "ok",
        _ => "muted",
    };
}

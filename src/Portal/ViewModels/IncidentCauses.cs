using MeshInsight.Contracts.Findings;

namespace MeshInsight.Portal.ViewModels;

internal static class IncidentCauses
{
    /// <summary>The named cause first, then what else its findings suspected; each subject once, with its highest score.</summary>
    public static IReadOnlyList<SuspectedCause> Ranked(Incident incident) =>
        [.. incident.Findings.SelectMany(f => f.Causes).Prepend(incident.Cause).OfType<SuspectedCause>()
            .GroupBy(c => c.Subject)
            .Select(g => g.MaxBy(c => c.Score)!)
            .OrderByDescending(c => c.Subject == incident.Cause?.Subject).ThenByDescending(c => c.Score)
            .Take(5)];
}

using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>The newest word on every condition. Not thread-safe; the inbox owns it.</summary>
internal sealed class FindingBook
{
    /// <summary>An active finding is repeated as long as it lasts; silence means that its collector is gone, and nobody knows any more.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndedKept = TimeSpan.FromMinutes(10);
    private const int MaxFindings = 10_000;

    private readonly Dictionary<string, (Finding Finding, DateTimeOffset HeardAt)> _findings = [];

    public IEnumerable<Finding> Active => _findings.Values.Select(f => f.Finding).Where(f => f.IsActive);

    /// <returns>False when a newer word on the same condition is known, or there are too many.</returns>
    public bool Take(Finding finding, DateTimeOffset now)
    {
        bool isKnown = _findings.TryGetValue(finding.Id, out var known);
        if ((isKnown && known.Finding.At > finding.At) || (!isKnown && _findings.Count >= MaxFindings))
        {
            return false;
        }

        _findings[finding.Id] = (finding, now);
        return true;
    }

    /// <returns>Findings that ended because nothing was heard of them any more.</returns>
    public IReadOnlyList<Finding> Age(DateTimeOffset now)
    {
        var ended = new List<Finding>();
        foreach (var (id, (finding, heardAt)) in _findings.ToList())
        {
            if (finding.IsActive && now - heardAt > SilentAfter)
            {
                var silent = finding with { IsActive = false, At = now };
                _findings[id] = (silent, now);
                ended.Add(silent);
            }
            else if (!finding.IsActive && now - heardAt > EndedKept)
            {
                _findings.Remove(id);
            }
        }

        return ended;
    }
}

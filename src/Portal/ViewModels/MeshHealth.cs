using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

public enum Condition
{
    /// <summary>Nothing was seen, so nothing can be said.</summary>
    Unknown,
    Ok,
    Degraded,
    Failing,
}

/// <summary>Where one condition ends and the next begins: from 1 % of failed requests degraded, from 10 % failing.</summary>
public static class MeshHealth
{
    public const double DegradedShare = 0.01;
    public const double FailingShare = 0.10;
    public const int MinimumRequests = 20;

    public static Condition Of(Red red) => red.Requests == 0 ? Condition.Unknown : red.ErrorShare switch
    {
        >= FailingShare => Condition.Failing,
        >= DegradedShare => Condition.Degraded,
        _ => Condition.Ok,
    };

    /// <summary>
    /// Of a whole with its parts: a bad canary hides in the mean of its service, so a part counts as soon as it has
    /// <see cref="MinimumRequests"/>; with fewer, one failure would already look like an outage.
    /// </summary>
    public static Condition Of(Red whole, IEnumerable<Red> parts) =>
        parts.Where(p => p.Requests >= MinimumRequests).Select(Of).Append(Of(whole)).Max();

    public static Condition Worst(Condition left, Condition right) => left > right ? left : right;

    public static string Word(Condition condition) => condition switch
    {
        Condition.Ok => "ok",
        Condition.Degraded => "degraded",
        Condition.Failing => "failing",
        _ => "unknown",
    };

    /// <summary>Class name of its colour.</summary>
    public static string Tone(Condition condition) => condition switch
    {
        Condition.Ok => "ok",
        Condition.Degraded => "warn",
        Condition.Failing => "bad",
        _ => "unknown",
    };

    /// <summary>Every condition has a shape as well, for those who do not see the colour.</summary>
    public static string Shape(Condition condition) => condition switch
    {
        Condition.Ok => "●",
        Condition.Degraded => "▲",
        Condition.Failing => "■",
        _ => "◌",
    };
}

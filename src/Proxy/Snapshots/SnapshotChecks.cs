using System.Numerics;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>What the validators ask in common; each adds a problem with where, what and what is allowed.</summary>
internal static class SnapshotChecks
{
    public static void Require(bool holds, List<string> problems, string problem)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    public static void Range<T>(string field, T value, T minimum, T maximum, List<string> problems)
        where T : INumber<T>
    {
        if (value < minimum || value > maximum)
        {
            problems.Add(FormattableString.Invariant($"{field} is {value}; allowed are {minimum} to {maximum}."));
        }
    }

    /// <param name="kind">Of the resources that have the names.</param>
    public static void Once(string kind, IEnumerable<string> names, List<string> problems) =>
        problems.AddRange(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => $"{kind} '{g.Key}' is there more than once; names must differ."));
}

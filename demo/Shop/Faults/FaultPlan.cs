namespace MeshInsight.Shop.Faults;

/// <summary>What is to go wrong, from when, for how long.</summary>
/// <param name="ErrorShare">Share of requests that fail, 0..1.</param>
/// <param name="AddedLatencyMs">Milliseconds each request takes longer.</param>
/// <param name="AfterSeconds">Seconds until it begins.</param>
/// <param name="ForSeconds">Seconds it lasts; 0 means until it is replaced.</param>
internal sealed record FaultPlan(double ErrorShare = 0, double AddedLatencyMs = 0, double AfterSeconds = 0, double ForSeconds = 0)
{
    public static FaultPlan None { get; } = new();

    /// <summary>Every problem, naming the field and what it may be.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (ErrorShare is not (>= 0 and <= 1))
        {
            problems.Add($"errorShare is {ErrorShare}; it may be 0 to 1.");
        }

        Check(problems, "addedLatencyMs", AddedLatencyMs, 60_000);
        Check(problems, "afterSeconds", AfterSeconds, 86_400);
        Check(problems, "forSeconds", ForSeconds, 86_400);
        return problems;
    }

    private static void Check(List<string> problems, string field, double value, double maximum)
    {
        if (!(value >= 0 && value <= maximum))
        {
            problems.Add($"{field} is {value}; it may be 0 to {maximum}.");
        }
    }
}

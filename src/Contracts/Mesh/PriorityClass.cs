namespace MeshInsight.Contracts.Mesh;

/// <summary>How much a request matters when not all can be served. The numbers are those of control.proto.</summary>
public enum PriorityClass
{
    /// <summary>Nobody has said; treated as <see cref="Medium"/>.</summary>
    Unset,
    Critical,
    High,
    Medium,
    Low,
}

public static class PriorityClasses
{
    /// <summary>How many ranks there are.</summary>
    public const int Count = 4;

    public static IReadOnlyDictionary<string, PriorityClass> ByName { get; } = new Dictionary<string, PriorityClass>
    {
        ["critical"] = PriorityClass.Critical,
        ["high"] = PriorityClass.High,
        ["medium"] = PriorityClass.Medium,
        ["low"] = PriorityClass.Low,
    };

    /// <summary>0 for who is served first to 3 for who is shed first.</summary>
    public static int Rank(this PriorityClass priority) => priority == PriorityClass.Unset ? Rank(PriorityClass.Medium) : (int)priority - 1;

    /// <summary>Empty where nobody has said.</summary>
    public static string Text(this PriorityClass priority) => priority switch
    {
        PriorityClass.Critical => "critical",
        PriorityClass.High => "high",
        PriorityClass.Medium => "medium",
        PriorityClass.Low => "low",
        _ => "",
    };

    /// <returns><see cref="PriorityClass.Unset"/> for anything but the four names.</returns>
    public static PriorityClass Parse(ReadOnlySpan<char> text) => text switch
    {
        "critical" => PriorityClass.Critical,
        "high" => PriorityClass.High,
        "medium" => PriorityClass.Medium,
        "low" => PriorityClass.Low,
        _ => PriorityClass.Unset,
    };
}

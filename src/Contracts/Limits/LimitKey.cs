namespace MeshInsight.Contracts.Limits;

/// <summary>The values by which a global rate limit tells requests apart; empty where its key has fewer parts. A value type, so that a request makes no text for it.</summary>
public readonly record struct LimitKey(string First, string Second, string Third)
{
    /// <summary>Longer values are cut, and then shared.</summary>
    public const int MaxValueLength = 256;

    public static LimitKey Empty { get; } = new("", "", "");

    public LimitKey With(int part, string value) => part switch
    {
        0 => this with { First = value },
        1 => this with { Second = value },
        _ => this with { Third = value },
    };
}

namespace MeshInsight.Portal.ViewModels;

/// <summary>What the top bar chose, for one circuit: how far back charts reach, and whether the page moves.</summary>
public sealed class ViewState
{
    public static readonly IReadOnlyList<(TimeSpan Length, string Label)> Ranges =
    [
        (TimeSpan.FromMinutes(5), "5 min"),
        (TimeSpan.FromMinutes(15), "15 min"),
        (TimeSpan.FromHours(1), "1 h"),
        (TimeSpan.FromHours(6), "6 h"),
        (TimeSpan.FromHours(24), "24 h"),
    ];

    public TimeSpan Range { get; private set; } = Ranges[0].Length;

    public bool IsPaused { get; private set; }

    public event Action? Changed;

    public void ShowLast(TimeSpan range)
    {
        Range = range;
        Changed?.Invoke();
    }

    public void Pause(bool paused)
    {
        IsPaused = paused;
        Changed?.Invoke();
    }
}

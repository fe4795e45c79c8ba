namespace MeshInsight.Portal.ViewModels;

/// <summary>What the top bar chose, for one circuit: how far back charts reach, and whether the page moves.</summary>
public sealed class ViewState
{
    /// <summary>Name as in an address (<c>?range=1h</c>), and as on the button.</summary>
    public static readonly IReadOnlyList<(TimeSpan Length, string Name, string Label)> Ranges =
    [
        (TimeSpan.FromMinutes(5), "5m", "5 min"),
        (TimeSpan.FromMinutes(15), "15m", "15 min"),
        (TimeSpan.FromHours(1), "1h", "1 h"),
        (TimeSpan.FromHours(6), "6h", "6 h"),
        (TimeSpan.FromHours(24), "24h", "24 h"),
    ];

    public TimeSpan Range { get; private set; } = Ranges[0].Length;

    public bool IsPaused { get; private set; }

    public event Action? Changed;

    /// <summary>What a link or a reload asks for; an unknown name changes nothing.</summary>
    public void ShowNamed(string? name)
    {
        foreach (var (length, known, _) in Ranges)
        {
            if (known == name && length != Range)
            {
                ShowLast(length);
            }
        }
    }

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

namespace MeshInsight.Cli.Views;

/// <summary>Shows a running demo. One instance per run.</summary>
internal interface IDemoView
{
    /// <summary>Until cancelled; leaves the terminal as it found it.</summary>
    Task ShowAsync(CancellationToken ended);
}

using MeshInsight.Portal.Clients;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Components;

/// <summary>
/// A component that shows feeds: watches them, draws again when one has news (several at once count once), holds still while paused, and lets
/// go of them at its end. A page waits <see cref="SkeletonAfter"/> for first values before it shows skeletons.
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private static readonly TimeSpan SkeletonAfter = TimeSpan.FromMilliseconds(300);

    private readonly List<ILive> _watched = [];
    private int _drawPending;
    private bool _isGone;

    [Inject]
    internal MeshData Data { get; set; } = null!;

    [Inject]
    internal ViewState View { get; set; } = null!;

    [Inject]
    internal TimeProvider Clock { get; set; } = null!;

    protected DateTimeOffset Now => Clock.GetUtcNow();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        _isGone = true;
        View.Changed -= OnViewChanged;
        Forget();
    }

    /// <summary>Watches what the component shows; called again when the range or a parameter it depends on changed.</summary>
    protected abstract void Watch();

    protected override Task OnInitializedAsync()
    {
        View.Changed += OnViewChanged;
        Watch();
        return FirstAnswersAsync();
    }

    /// <summary>Watches anew, keeping the old picture until the new values are there.</summary>
    protected async Task WatchAgainAsync()
    {
        Forget();
        Watch();
        await FirstAnswersAsync();
        StateHasChanged();
    }

    private protected Live<T> Use<T>(Feed<T> feed)
    {
        var live = new Live<T>(feed, () => View.IsPaused, Draw);
        _watched.Add(live);
        return live;
    }

    private async Task FirstAnswersAsync()
    {
        var answers = Task.WhenAll(_watched.Select(w => w.AnsweredAsync()));
        if (!answers.IsCompleted)
        {
            using var stop = new CancellationTokenSource();
            await Task.WhenAny(answers, Task.Delay(SkeletonAfter, Clock, stop.Token));
            await stop.CancelAsync();
        }

        _watched.ForEach(w => w.Take());
    }

    private void Draw()
    {
        if (!_isGone && Interlocked.Exchange(ref _drawPending, 1) == 0)
        {
            _ = InvokeAsync(() =>
            {
                Interlocked.Exchange(ref _drawPending, 0);
                if (!_isGone)
                {
                    StateHasChanged();
                }
            });
        }
    }

    private void OnViewChanged() => _ = InvokeAsync(WatchAgainAsync);

    private void Forget()
    {
        _watched.ForEach(w => w.Dispose());
        _watched.Clear();
    }
}

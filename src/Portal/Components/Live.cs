using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.Components;

internal interface ILive : IDisposable
{
    Task AnsweredAsync();

    /// <summary>Takes over what the feed has, paused or not.</summary>
    void Take();
}

/// <summary>One component's view of a feed: follows it, and stands still while paused.</summary>
internal sealed class Live<T> : ILive
{
    private readonly Feed<T> _feed;
    private readonly IDisposable _watch;

    public Live(Feed<T> feed, Func<bool> isPaused, Action changed)
    {
        _feed = feed;
        State = feed.State;
        _watch = feed.Watch(() =>
        {
            if (!isPaused())
            {
                State = feed.State;
                changed();
            }
        });
    }

    public FeedState<T> State { get; private set; }

    public T? Value => State.Value;

    public bool HasValue => State.HasValue;

    public Task AnsweredAsync() => _feed.AnsweredAsync();

    public void Take() => State = _feed.State;

    public void Dispose() => _watch.Dispose();
}

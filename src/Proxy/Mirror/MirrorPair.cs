namespace MeshInsight.Proxy.Mirror;

/// <summary>
/// An original and its copy, which end in any order: the second to end writes the comparison down. Either end may say instead that there is nothing to compare;
/// the first such reason counts.
/// </summary>
internal sealed class MirrorPair(MirrorSeries series)
{
    private readonly Lock _lock = new();
    private MirrorSide? _original;
    private MirrorSide? _copy;
    private bool _isDone;

    public void OriginalEnded(in MirrorSide side)
    {
        lock (_lock)
        {
            _original = side;
            CompareLocked();
        }
    }

    public void CopyEnded(in MirrorSide side)
    {
        lock (_lock)
        {
            _copy = side;
            CompareLocked();
        }
    }

    public void Lose(MirrorLoss reason)
    {
        lock (_lock)
        {
            if (!_isDone)
            {
                _isDone = true;
                series.Lose(reason);
            }
        }
    }

    private void CompareLocked()
    {
        if (!_isDone && _original is { } original && _copy is { } copy)
        {
            _isDone = true;
            series.Add(original, copy);
        }
    }
}

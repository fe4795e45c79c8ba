namespace MeshInsight.ControlPlane.Findings;

/// <summary>
/// Tells reports of one collector that were seen before. After a broken stream a collector repeats what was not acknowledged, with the same number and the same second;
/// a number that comes back with another second is a collector that began anew under its old id. Not thread-safe.
/// </summary>
internal sealed class SequenceFilter
{
    /// <summary>More than a collector keeps unacknowledged.</summary>
    private const int Remembered = 4096;

    private readonly Dictionary<ulong, long> _seconds = [];
    private readonly Queue<ulong> _order = new();

    /// <returns>False when the report was taken before.</returns>
    public bool TryTake(ulong sequence, long unixSeconds)
    {
        if (_seconds.TryGetValue(sequence, out long known))
        {
            if (known == unixSeconds)
            {
                return false;
            }

            _seconds.Clear();
            _order.Clear();
        }

        _seconds[sequence] = unixSeconds;
        _order.Enqueue(sequence);
        if (_order.Count > Remembered)
        {
            _seconds.Remove(_order.Dequeue());
        }

        return true;
    }
}

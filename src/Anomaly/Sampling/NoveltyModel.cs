namespace MeshInsight.Anomaly.Sampling;

/// <summary>How surprising it is that an attribute has a value not seen before: much for a version, nothing for a user's id. Bounded.</summary>
internal sealed class NoveltyModel(int capacity)
{
    private const double LeastWeight = 0.002;
    private readonly RecentTable<KeyModel> _keys = new(Math.Max(1, capacity / 16));
    private readonly RecentTable<SeenValue> _values = new(capacity);

    /// <returns>-ln of how often the key has a new value; 0 when nothing is new.</returns>
    public double Surprise(ReadOnlySpan<SampledTag> tags)
    {
        double most = 0;
        foreach (var tag in tags)
        {
            var key = _keys.Get(tag.Key);
            var value = _values.Get(tag.Key ^ Hashing.Mix(tag.Value));
            if (!value.IsSeen)
            {
                most = Math.Max(most, key.Surprise);
            }

            key.Learn(isNew: !value.IsSeen);
            value.IsSeen = true;
        }

        return most;
    }

    private sealed class SeenValue
    {
        public bool IsSeen { get; set; }
    }

    private sealed class KeyModel
    {
        private double _newRate;
        private int _seen;

        public double Surprise => -Math.Log(((_newRate * _seen) + 1) / (_seen + 1));

        public void Learn(bool isNew)
        {
            _seen = Math.Min(_seen + 1, 1_000_000);
            _newRate += ((isNew ? 1 : 0) - _newRate) * Math.Max(LeastWeight, 1.0 / _seen);
        }
    }
}

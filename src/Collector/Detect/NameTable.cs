using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// Names of services, versions, instances and operations as numbers, so that counting a span hashes no text twice and allocates nothing.
/// 0 is the empty name, 1 is <c>_other</c>: what a full table answers. Not thread-safe.
/// </summary>
internal sealed class NameTable(int capacity)
{
    public const int Empty = 0;
    public const int Other = 1;

    private SymbolTable _symbols = new();
    private readonly List<string?> _texts = [];

    public int Count => _symbols.Count;

    /// <summary>True when a new name finds no place; <see cref="Renew"/> makes room.</summary>
    public bool IsFull => _symbols.Count >= capacity;

    public long Overflowed { get; private set; }

    public int Add(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return Empty;
        }

        int known = _symbols.Find(utf8);
        if (known >= 0)
        {
            return known;
        }

        EnsureOther();
        if (_symbols.Count < capacity)
        {
            return _symbols.Add(utf8);
        }

        Overflowed++;
        return Other;
    }

    public string this[int name]
    {
        get
        {
            while (_texts.Count <= name)
            {
                _texts.Add(null);
            }

            return _texts[name] ??= _symbols.GetString(name);
        }
    }

    /// <summary>Forgets every name. Numbers given before mean nothing any more, but to the function returned, which gives a name its new number.</summary>
    public Func<int, int> Renew()
    {
        var old = _symbols;
        _symbols = new();
        _texts.Clear();
        return number => Add(old[number]);
    }

    private void EnsureOther()
    {
        if (_symbols.Count == 1)
        {
            _symbols.Add("_other"u8);
        }
    }
}

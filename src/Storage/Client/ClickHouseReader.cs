using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Native;

namespace MeshInsight.Storage.Client;

/// <summary>
/// Rows of a query, one after the other; columns by their place in the SELECT. Values of a row are valid until the next <see cref="NextAsync"/>, texts
/// and arrays for ever. A getter that does not fit the column's type throws <see cref="InvalidCastException"/>. One reader, one thread at a time.
/// </summary>
public sealed class ClickHouseReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly NativeInput _input;
    private readonly NativeBlockReader _blocks;
    private readonly Uri _endpoint;
    private int _rows;
    private int _row;

    internal ClickHouseReader(HttpResponseMessage response, Stream body, Uri endpoint)
    {
        _response = response;
        _input = new(body);
        _blocks = new(_input);
        _endpoint = endpoint;
    }

    /// <summary>Moves to the next row; false after the last.</summary>
    /// <exception cref="ClickHouseException">The server failed after it had sent the first rows, or the connection broke.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancel = default)
    {
        _row++;
        while (_row >= _rows)
        {
            _rows = await ReadBlockAsync(cancel);
            _row = 0;
            if (_rows < 0)
            {
                return false;
            }
        }

        return true;
    }

    public string Text(int column) => _blocks.Columns[column].Text(_row);

    /// <summary>An integer of any width.</summary>
    public long Int(int column) => _blocks.Columns[column].Int(_row);

    /// <summary>A number of any width.</summary>
    public double Double(int column) => _blocks.Columns[column].Double(_row);

    public bool Bool(int column) => Int(column) != 0;

    /// <summary>DateTime or DateTime64 as nanoseconds since 1970.</summary>
    public long UnixNanos(int column) => _blocks.Columns[column].UnixNanos(_row);

    public DateTimeOffset Time(int column) => UnixTime.FromNanos(UnixNanos(column));

    /// <summary>Array(String) or Array(LowCardinality(String)).</summary>
    public string[] Texts(int column) => Items(column, static (items, row) => items.Text(row));

    /// <summary>Array of integers.</summary>
    public long[] Ints(int column) => Items(column, static (items, row) => items.Int(row));

    /// <summary>Array of numbers.</summary>
    public double[] Doubles(int column) => Items(column, static (items, row) => items.Double(row));

    /// <summary>Array of times, nanoseconds since 1970.</summary>
    public long[] Times(int column) => Items(column, static (items, row) => items.UnixNanos(row));

    /// <summary>Map(String, String) in stored order.</summary>
    public KeyValuePair<string, string>[] Map(int column) => ReadMap((MapColumn)_blocks.Columns[column], _row);

    /// <summary>Array(Map(String, String)).</summary>
    public KeyValuePair<string, string>[][] Maps(int column) => Items(column, static (items, row) => ReadMap((MapColumn)items, row));

    /// <summary>Two columns, <c>LatencyBucket</c> and <c>LatencyCount</c>, as a sketch.</summary>
    public LatencySketch Sketch(int buckets, int counts)
    {
        var sketch = new LatencySketch();
        long[] places = Ints(buckets);
        long[] values = Ints(counts);
        for (int i = 0; i < places.Length; i++)
        {
            sketch.AddBucket((int)places[i], (ulong)values[i]);
        }

        return sketch;
    }

    public ValueTask DisposeAsync()
    {
        _input.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }

    private static KeyValuePair<string, string>[] ReadMap(MapColumn map, int row)
    {
        var (start, count) = map.Range(row).GetOffsetAndLength(int.MaxValue);
        var pairs = new KeyValuePair<string, string>[count];
        for (int i = 0; i < count; i++)
        {
            pairs[i] = new(map.Keys.Text(start + i), map.Values.Text(start + i));
        }

        return pairs;
    }

    private T[] Items<T>(int column, Func<NativeColumn, int, T> read)
    {
        var array = (ArrayColumn)_blocks.Columns[column];
        var (start, count) = array.Range(_row).GetOffsetAndLength(int.MaxValue);
        var items = new T[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = read(array.Items, start + i);
        }

        return items;
    }

    private async ValueTask<int> ReadBlockAsync(CancellationToken cancel)
    {
        try
        {
            return await _blocks.ReadBlockAsync(cancel);
        }
        catch (NativeFormatException failure)
        {
            // Bytes that are not a block are most often the error of a server that had already sent rows.
            throw ErrorText.Find(await _input.DrainTailAsync(cancel))
                ?? new ClickHouseException(0, "", $"ClickHouse at {_endpoint} sent rows that cannot be read: {failure.Message}", false, failure);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw ErrorText.Find(await _input.DrainTailAsync(cancel))
                ?? ClickHouseClient.Unreachable(_endpoint, "broke the connection while sending rows", failure);
        }
    }
}

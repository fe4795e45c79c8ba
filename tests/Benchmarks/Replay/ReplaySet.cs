using System.Globalization;
using System.IO.Compression;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>
/// One recorded set: a directory with <c>spans.csv.gz</c> (<c>trace_id, span, parent, service, operation, start_us, duration_us</c>; rows grouped by trace,
/// a trace's root first), and if there are labels <c>cases.csv</c>, <c>trace_labels.csv.gz</c> and <c>ignore_windows.csv</c>.
/// </summary>
internal sealed class ReplaySet
{
    private readonly Dictionary<string, int> _names = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _known;
    private readonly List<string> _texts = [];
    private readonly Dictionary<PathTypeKey, int> _pathTypes = [];

    private ReplaySet(string directory)
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(directory));
        _known = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        Traces = [.. ReadTraces(Path.Combine(directory, "spans.csv.gz"))];
        Array.Sort(Traces, (a, b) => a.EndMicros != b.EndMicros ? a.EndMicros.CompareTo(b.EndMicros) : string.CompareOrdinal(a.TraceId, b.TraceId));
        Labels = ReplayLabels.Read(directory);
    }

    public string Name { get; }

    /// <summary>By the time their last span ended: the order in which a collector can know them.</summary>
    public ReplayTrace[] Traces { get; }

    public IReadOnlyList<string> Names => _texts;

    public int PathTypes => _pathTypes.Count;

    /// <summary>Null when the directory holds none.</summary>
    public ReplayLabels? Labels { get; }

    /// <summary>The directories below (or the one given) that hold spans.</summary>
    public static IEnumerable<string> Find(string directory) =>
        !Directory.Exists(directory) ? [] :
        Directory.EnumerateDirectories(directory).Prepend(directory).Where(set => File.Exists(Path.Combine(set, "spans.csv.gz"))).Order(StringComparer.Ordinal);

    public static ReplaySet Read(string directory) => new(directory);

    /// <summary>Lines of a CSV file, compressed when its name says so; cells are the caller's to cut.</summary>
    public static IEnumerable<string> ReadLines(string file, bool skipHeader = true)
    {
        using var stream = File.OpenRead(file);
        using Stream plain = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var reader = new StreamReader(plain);
        if (skipHeader)
        {
            reader.ReadLine();
        }

        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private IEnumerable<ReplayTrace> ReadTraces(string file)
    {
        var spans = new List<ReplaySpan>();
        string current = "";
        foreach (string line in ReadLines(file))
        {
            int comma = line.IndexOf(',', StringComparison.Ordinal);
            if (!line.AsSpan(0, comma).SequenceEqual(current))
            {
                if (spans.Count > 0)
                {
                    yield return Trace(current, spans);
                }

                current = line[..comma];
                spans.Clear();
            }

            spans.Add(Span(line.AsSpan(comma + 1)));
        }

        if (spans.Count > 0)
        {
            yield return Trace(current, spans);
        }
    }

    private ReplaySpan Span(ReadOnlySpan<char> cells)
    {
        Span<Range> ranges = stackalloc Range[6];
        if (cells.Split(ranges, ',') != 6)
        {
            throw new InvalidDataException($"A row of spans.csv.gz needs 7 cells: …,{cells}");
        }

        return new(
            int.Parse(cells[ranges[0]], CultureInfo.InvariantCulture),
            int.Parse(cells[ranges[1]], CultureInfo.InvariantCulture),
            Number(cells[ranges[2]]),
            Number(cells[ranges[3]]),
            long.Parse(cells[ranges[4]], CultureInfo.InvariantCulture),
            long.Parse(cells[ranges[5]], CultureInfo.InvariantCulture));
    }

    private ReplayTrace Trace(string traceId, List<ReplaySpan> spans)
    {
        var services = spans.ToDictionary(span => span.Id, span => span.Service);
        (int, int, int)[] edges = [.. spans.Select(span => (services.GetValueOrDefault(span.Parent, -1), span.Service, span.Operation)).Distinct().Order()];
        var key = new PathTypeKey(spans[0].Operation, edges);
        if (!_pathTypes.TryGetValue(key, out int type))
        {
            _pathTypes[key] = type = _pathTypes.Count;
        }

        ulong randomness = ulong.Parse(traceId.AsSpan(traceId.Length - 14), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new(traceId, randomness, [.. spans], type);
    }

    private int Number(ReadOnlySpan<char> text)
    {
        if (!_known.TryGetValue(text, out int number))
        {
            _names[text.ToString()] = number = _texts.Count;
            _texts.Add(text.ToString());
        }

        return number;
    }

    private readonly record struct PathTypeKey(int RootOperation, (int Caller, int Service, int Operation)[] Edges)
    {
        public bool Equals(PathTypeKey other) => RootOperation == other.RootOperation && Edges.AsSpan().SequenceEqual(other.Edges);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.Add(RootOperation);
            foreach (var edge in Edges)
            {
                hash.Add(edge);
            }

            return hash.ToHashCode();
        }
    }
}

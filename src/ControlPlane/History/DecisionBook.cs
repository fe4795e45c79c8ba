using System.Text.Json;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.History;

/// <summary>
/// Every decision, in a journal on disk: first as intended, then again as it was applied and confirmed; the last line of an id counts. Written by the loop only; readers take an immutable list.
/// </summary>
internal sealed class DecisionBook : IDisposable
{
    private const int Kept = 10_000;

    private readonly JournalFile _journal;
    private readonly Dictionary<string, Decision> _byId = [];
    private readonly List<string> _order = [];
    private volatile IReadOnlyList<Decision> _list = [];
    private long _last;

    public DecisionBook(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, "decisions.jsonl");
        foreach (string line in JournalFile.ReadLines(path))
        {
            if (TryRead(line) is { } decision)
            {
                Put(decision);
            }
        }

        Compact(path);
        _journal = new JournalFile(path);
        _last = _order.Count;
        Refresh();
    }

    /// <summary>Raised with every decision as it is written down, intended or updated.</summary>
    public event Action<Decision>? Written;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Decision> Decisions => _list;

    public Decision? Find(string id) => _list.FirstOrDefault(d => d.Id == id);

    /// <summary>Ids grow with time and are never given twice, also over restarts.</summary>
    public string NewId(DateTimeOffset now) => $"d-{now.ToUnixTimeMilliseconds()}-{++_last}";

    /// <summary>Returns once the decision is on disk: nothing is done before.</summary>
    public void Intend(Decision decision) => Write(decision, toDisk: true);

    public void Update(Decision decision) => Write(decision, toDisk: false);

    public void Dispose() => _journal.Dispose();

    private static Decision? TryRead(string line)
    {
        try
        {
            return Json.Read<Decision>(line);
        }
        catch (JsonException)
        {
            // Half a line of a crash, already followed by whole ones.
            return null;
        }
    }

    private void Write(Decision decision, bool toDisk)
    {
        _journal.Append(Json.Write(decision), toDisk);
        Put(decision);
        Refresh();
        Written?.Invoke(decision);
    }

    private void Put(Decision decision)
    {
        if (!_byId.ContainsKey(decision.Id))
        {
            _order.Add(decision.Id);
        }

        _byId[decision.Id] = decision;
        if (_order.Count > Kept)
        {
            _byId.Remove(_order[0]);
            _order.RemoveAt(0);
        }
    }

    private void Refresh() => _list = [.. _order.Select(id => _byId[id])];

    // At start, when nobody waits: drops what was overwritten and what is too old.
    private void Compact(string path)
    {
        if (_order.Count > 0)
        {
            AtomicFile.WriteText(path, string.Concat(_order.Select(id => Json.Write(_byId[id]) + "\n")));
        }
    }
}

using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Detect;

/// <summary>Who is watched: grows with traffic up to a limit, forgets the idle. Not thread-safe.</summary>
internal sealed class SubjectTable(DetectOptions options, CollectorMeters meters)
{
    private readonly Dictionary<Subject, SubjectWatch> _watches = [];
    private readonly MeterCell _count = meters[MeterTable.Subjects];
    private readonly MeterCell _refused = meters[MeterTable.SubjectsRefused];

    public IEnumerable<SubjectWatch> All => _watches.Values;

    public SubjectWatch? Find(Subject subject) => _watches.GetValueOrDefault(subject);

    public void Count(ClosedWindow window)
    {
        foreach (var row in window.Instances)
        {
            if (row.Service.Length == 0)
            {
                continue;
            }

            Count(new(SubjectScope.Service, row.Service), row.Cell);
            if (row.Version.Length > 0)
            {
                Count(new(SubjectScope.Version, row.Service, row.Version), row.Cell);
            }

            if (row.Instance.Length > 0)
            {
                Count(new(SubjectScope.Instance, row.Service, row.Version, row.Instance), row.Cell);
            }
        }

        foreach (var row in window.Edges)
        {
            if (row.Source.Length > 0)
            {
                Count(new(SubjectScope.Edge, row.Source, Peer: row.Destination), row.Cell);
            }
        }
    }

    public void Forget(long second)
    {
        long idle = (long)options.IdleLife.TotalSeconds;
        foreach (var (subject, watch) in _watches)
        {
            if (second - watch.LastTrafficSecond > idle && watch.Findings.Count == 0)
            {
                _watches.Remove(subject);
            }
        }

        _count.Set(_watches.Count);
    }

    /// <summary>Share of failures and p95 to expect of an instance; a young one is measured by its service, whose baseline it cannot have shaped yet.</summary>
    public (double ErrorShare, double P95Millis) Baseline(string service, string version, string instance)
    {
        var own = Find(new(SubjectScope.Instance, service, version, instance)) ?? Find(new(SubjectScope.Version, service, version));
        var whole = Find(new(SubjectScope.Service, service));
        var chosen = own is null || own.TrafficSeconds < options.OwnBaselineSeconds ? whole ?? own : own;
        return chosen is null ? (double.NaN, double.NaN) : (chosen.Detector.BaselineErrorShare, chosen.Detector.BaselineP95Millis);
    }

    public (double ErrorShare, double P95Millis) Baseline(string source, string destination) =>
        Find(new(SubjectScope.Edge, source, Peer: destination)) is { } watch ? (watch.Detector.BaselineErrorShare, watch.Detector.BaselineP95Millis) : (double.NaN, double.NaN);

    private void Count(Subject subject, WindowCell cell)
    {
        if (!_watches.TryGetValue(subject, out var watch))
        {
            if (_watches.Count >= options.MaxSubjects)
            {
                _refused.Add(1);
                return;
            }

            _watches.Add(subject, watch = new(subject, options.Detector));
        }

        watch.Count(cell);
    }
}

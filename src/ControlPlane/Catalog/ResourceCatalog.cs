using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The answer to a change: the changes when it was taken, every problem when it was not.</summary>
internal sealed record CatalogAnswer(IReadOnlyList<ResourceChange> Changes, IReadOnlyList<ResourceProblem> Problems)
{
    public bool IsTaken => Problems.Count == 0;
}

/// <summary>
/// The resources in force: those of the watched directory and those applied, checked together. A set with any problem changes nothing. Both parts are kept on disk, so that
/// a restart begins with the last good set even when the directory is broken by then. Thread-safe: one lock around every change; readers take the immutable state.
/// </summary>
internal sealed class ResourceCatalog
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private CatalogFile _file;
    private volatile CatalogState _state;
    private volatile IReadOnlyList<ResourceProblem> _directoryProblems = [];

    public ResourceCatalog(string dataDirectory)
    {
        _path = Path.Combine(dataDirectory, "catalog.json");
        _file = AtomicFile.TryReadText(_path) is { } text ? Json.Read<CatalogFile>(text) : CatalogFile.Empty;
        _state = TryBuild(_file, []) ?? CatalogState.Empty;
    }

    /// <summary>Raised after the state was replaced, on the thread that changed it, outside the lock.</summary>
    public event Action<CatalogState, IReadOnlyList<ResourceChange>, string>? Changed;

    public CatalogState State => _state;

    /// <summary>What is wrong with the directory now; empty while it is in force.</summary>
    public IReadOnlyList<ResourceProblem> DirectoryProblems => _directoryProblems;

    /// <param name="files">The whole directory: path below it, text.</param>
    public CatalogAnswer LoadDirectory(IReadOnlyDictionary<string, string> files)
    {
        var answer = Change(file => file with { Directory = files.OrderBy(f => f.Key, StringComparer.Ordinal).ToDictionary() }, dryRun: false, "directory");
        _directoryProblems = answer.Problems;
        return answer;
    }

    /// <summary>Adds resources, or replaces those of the same kind and name that were applied before.</summary>
    public CatalogAnswer Apply(string yaml, bool dryRun)
    {
        var problems = new List<ResourceProblem>();
        var given = ResourceReader.Read(yaml, ResourceDocument.AppliedSource, problems);
        if (problems.Count == 0 && given.Count == 0)
        {
            new ProblemScope(problems, ResourceDocument.AppliedSource, 0).Add("", 1, "holds no resource.");
        }

        // Alone first: after merging, a problem's document index would be that of the merged list.
        RefuseDirectoryOwned(given, problems);
        ReferenceChecker.Check([.. _state.Resources.Where(old => !given.Any(old.IsSameResource)), .. given], problems);
        if (problems.Count > 0)
        {
            return new CatalogAnswer([], problems);
        }

        var answer = Change(file => file with { Applied = Merge(file.Applied, given) }, dryRun, "apply");
        return answer with { Changes = [.. answer.Changes.Where(c => given.Any(r => r.Kind == c.Kind && r.Name == c.Name))] };
    }

    /// <returns>Null when there is no such resource.</returns>
    public CatalogAnswer? Delete(string kind, string name)
    {
        var resource = _state.Resources.FirstOrDefault(r => r.Kind == kind && r.Name == name);
        if (resource is null)
        {
            return null;
        }

        if (!resource.IsApplied)
        {
            var problems = new List<ResourceProblem>();
            new ProblemScope(problems, resource.Source, resource.Document) { Kind = kind, Name = name }
                .Add("", resource.Line, $"is declared in {resource.Source}; delete it there.");
            return new CatalogAnswer([], problems);
        }

        return Change(file => file with { Applied = [.. file.Applied.Where(a => a.Kind != kind || a.Name != name)] }, dryRun: false, "delete");
    }

    private static List<AppliedResource> Merge(IReadOnlyList<AppliedResource> before, IReadOnlyList<ResourceDocument> given)
    {
        var merged = before.ToList();
        foreach (var resource in given)
        {
            var applied = new AppliedResource(resource.Kind, resource.Name, resource.Yaml);
            int at = merged.FindIndex(a => a.Kind == resource.Kind && a.Name == resource.Name);
            if (at < 0)
            {
                merged.Add(applied);
            }
            else
            {
                // In place: a resource keeps its age, which decides between equal routes.
                merged[at] = applied;
            }
        }

        return merged;
    }

    private static CatalogState? TryBuild(CatalogFile file, List<ResourceProblem> problems)
    {
        var resources = new List<ResourceDocument>();
        foreach (var (name, text) in file.Directory)
        {
            resources.AddRange(ResourceReader.Read(text, name, problems));
        }

        foreach (var applied in file.Applied)
        {
            resources.AddRange(ResourceReader.Read(applied.Yaml, ResourceDocument.AppliedSource, problems));
        }

        ReferenceChecker.Check(resources, problems);
        return problems.Count > 0 ? null : new CatalogState(resources);
    }

    private CatalogAnswer Change(Func<CatalogFile, CatalogFile> change, bool dryRun, string by)
    {
        IReadOnlyList<ResourceChange> changes;
        CatalogState next;
        lock (_lock)
        {
            var file = change(_file);
            var problems = new List<ResourceProblem>();
            if (TryBuild(file, problems) is not { } state)
            {
                return new CatalogAnswer([], problems);
            }

            changes = ResourceChange.Between(_state, state);
            if (dryRun || changes.All(c => c.Change == ResourceChangeKind.Unchanged))
            {
                return new CatalogAnswer(changes, []);
            }

            AtomicFile.WriteText(_path, Json.Write(file));
            _file = file;
            _state = next = state;
        }

        Changed?.Invoke(next, changes, by);
        return new CatalogAnswer(changes, []);
    }

    private void RefuseDirectoryOwned(IReadOnlyList<ResourceDocument> given, List<ResourceProblem> problems)
    {
        foreach (var resource in given)
        {
            if (_state.Resources.FirstOrDefault(resource.IsSameResource) is { IsApplied: false } owned)
            {
                new ProblemScope(problems, resource.Source, resource.Document) { Kind = resource.Kind, Name = resource.Name }
                    .Add("metadata.name", resource.Line, $"is declared in {owned.Source}; change it there.");
            }
        }
    }
}

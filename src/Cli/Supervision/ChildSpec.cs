namespace MeshInsight.Cli.Supervision;

/// <summary>A program to run.</summary>
/// <param name="Name">Unique; names the log file and the prefix of its lines.</param>
/// <param name="Program">Path of the program's assembly.</param>
/// <param name="StopRank">Children stop in growing rank, those of one rank together: load first, then apps and sidecars, the store last.</param>
internal sealed record ChildSpec(
    string Name,
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    int StopRank);

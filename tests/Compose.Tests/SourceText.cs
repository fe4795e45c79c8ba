using System.Collections.Concurrent;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Testing;

namespace MeshInsight.Compose.Tests;

/// <summary>What a program's source says, with the shared names it takes from Contracts written out.</summary>
internal static class SourceText
{
    private static readonly ConcurrentDictionary<string, string> s_cache = new();

    private static readonly (string Constant, string Name)[] s_shared = [.. typeof(MeshEnvironment).GetFields()
        .Select(f => ($"{nameof(MeshEnvironment)}.{f.Name}", (string)f.GetRawConstantValue()!))];

    /// <param name="folder">A project, from the root of the tree.</param>
    public static string Of(string folder) => s_cache.GetOrAdd(folder, Read);

    /// <summary>A library's reader of a shared variable counts for the programs that call it.</summary>
    public static bool Reads(string folder, string variable) =>
        Of(folder).Contains($"\"{variable}\"", StringComparison.Ordinal)
        || (Of(folder).Contains("ClickHouseOptions.Read(", StringComparison.Ordinal) && Of("src/Storage").Contains($"\"{variable}\"", StringComparison.Ordinal));

    private static string Read(string folder)
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories);
        string text = string.Join('\n', files.Select(File.ReadAllText));
        return s_shared.Aggregate(text, (read, shared) => read.Replace(shared.Constant, $"\"{shared.Name}\"", StringComparison.Ordinal));
    }
}

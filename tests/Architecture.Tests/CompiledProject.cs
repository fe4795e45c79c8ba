using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using MeshInsight.Testing;

namespace MeshInsight.Architecture.Tests;

/// <summary>What one compiled project references: other projects, and among its own folders (namespaces) which uses which.</summary>
internal sealed class CompiledProject
{
    /// <summary>The stage of types at a project's root: programs and pipelines, which put the stages together.</summary>
    public const string Root = "(root)";

    private CompiledProject(string name, IReadOnlySet<string> projects, IReadOnlyDictionary<string, SortedDictionary<string, string>> stages)
    {
        Name = name;
        Projects = projects;
        Stages = stages;
    }

    public string Name { get; }

    public IReadOnlySet<string> Projects { get; }

    /// <summary>Stage → stages it references, each with one example "Type → Type".</summary>
    public IReadOnlyDictionary<string, SortedDictionary<string, string>> Stages { get; }

    public static CompiledProject Read(string project)
    {
        string path = Repository.ProgramPath(project, project == "Cli" ? "meshinsight" : null);
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        string prefix = "MeshInsight." + project;
        var projects = metadata.AssemblyReferences
            .Select(a => metadata.GetString(metadata.GetAssemblyReference(a).Name))
            .Where(n => n.StartsWith("MeshInsight.", StringComparison.Ordinal))
            .Select(n => n["MeshInsight.".Length..])
            .ToHashSet();

        var stages = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeDefinitions)
        {
            if (Stage(metadata, handle, prefix) is not { } from)
            {
                continue;
            }

            if (!stages.TryGetValue(from, out var used))
            {
                stages[from] = used = new(StringComparer.Ordinal);
            }

            foreach (var reference in TypeReferences.Of(file, metadata, handle))
            {
                if (Stage(metadata, reference, prefix) is { } to && to != from)
                {
                    used.TryAdd(to, $"{TypeName(metadata, handle)} → {TypeName(metadata, reference)}");
                }
            }
        }

        return new(project, projects, stages);
    }

    /// <summary>First namespace segment below the project's; null for types outside it, such as generated code with a namespace of its own.</summary>
    private static string? Stage(MetadataReader metadata, TypeDefinitionHandle handle, string prefix)
    {
        var type = metadata.GetTypeDefinition(Outermost(metadata, handle));
        string space = metadata.GetString(type.Namespace);
        string name = metadata.GetString(type.Name);
        if (space.Length == 0)
        {
            // Top-level statements; compiler helpers have names that C# cannot spell.
            return name == "Program" ? Root : null;
        }

        return space == prefix ? Root
            : space.StartsWith(prefix + ".", StringComparison.Ordinal) ? space[(prefix.Length + 1)..].Split('.')[0]
            : null;
    }

    private static TypeDefinitionHandle Outermost(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        while (metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer)
        {
            handle = outer;
        }

        return handle;
    }

    private static string TypeName(MetadataReader metadata, TypeDefinitionHandle handle) =>
        metadata.GetString(metadata.GetTypeDefinition(Outermost(metadata, handle)).Name);
}

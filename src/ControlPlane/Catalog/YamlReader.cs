using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>YAML text to trees that know their lines. Documents before a syntax error are still read, so that their problems are listed too.</summary>
internal static class YamlReader
{
    /// <summary>Deeper nesting than any resource has; keeps hostile input from exhausting the stack.</summary>
    private const int MaxDepth = 32;

    public static IReadOnlyList<YamlDocumentTree> Read(string text, string file, List<ResourceProblem> problems)
    {
        var documents = new List<YamlDocumentTree>();
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            while (!parser.TryConsume<StreamEnd>(out _))
            {
                ReadDocument(parser, text, file, documents, problems);
            }
        }
        catch (YamlException error)
        {
            new ProblemScope(problems, file, documents.Count).Add("", (int)error.Start.Line, $"is not YAML: {error.Message}");
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The scanner has a few of its own on input that no editor would save; found by the property test.
            new ProblemScope(problems, file, documents.Count).Add("", 1, $"is not YAML: {error.Message}");
        }

        return documents;
    }

    private static void ReadDocument(Parser parser, string text, string file, List<YamlDocumentTree> documents, List<ResourceProblem> problems)
    {
        var start = parser.Consume<DocumentStart>();
        var scope = new ProblemScope(problems, file, documents.Count);
        var root = ReadNode(parser, scope, "", 0);
        var end = parser.Consume<DocumentEnd>();
        string source = text[(int)start.End.Index..(int)Math.Min(end.Start.Index, text.Length)].Trim('\r', '\n');
        documents.Add(new YamlDocumentTree(documents.Count, root, source));
    }

    private static YamlTree ReadNode(Parser parser, ProblemScope scope, string path, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new YamlException(parser.Current!.Start, parser.Current.End, $"nested deeper than {MaxDepth} levels");
        }

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlScalar((int)scalar.Start.Line, scalar.Value, scalar.Style == ScalarStyle.Plain);
        }

        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            return ReadList(parser, scope, path, depth, (int)sequence.Start.Line);
        }

        if (parser.TryConsume<MappingStart>(out var mapping))
        {
            return ReadMap(parser, scope, path, depth, (int)mapping.Start.Line);
        }

        // An alias can make a small file expand without bound, and a resource has no use for it.
        var other = parser.Consume<ParsingEvent>();
        throw new YamlException(other.Start, other.End, "anchors and aliases are not supported here; write the value out");
    }

    private static YamlList ReadList(Parser parser, ProblemScope scope, string path, int depth, int line)
    {
        var items = new List<YamlTree>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(parser, scope, $"{path}[{items.Count}]", depth + 1));
        }

        return new YamlList(line, items);
    }

    private static YamlMap ReadMap(Parser parser, ProblemScope scope, string path, int depth, int line)
    {
        var fields = new List<YamlField>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
            {
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a field name must be a plain text");
            }

            string field = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            var value = ReadNode(parser, scope, field, depth + 1);
            if (fields.Exists(f => f.Key == key.Value))
            {
                scope.Add(field, (int)key.Start.Line, "is given twice.");
                continue;
            }

            fields.Add(new YamlField(key.Value, (int)key.Start.Line, value));
        }

        return new YamlMap(line, fields);
    }
}

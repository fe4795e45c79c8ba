using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A YAML value with its place. Lines count from 1.</summary>
internal abstract record YamlTree(int Line)
{
    /// <summary>What the value is, in the words of a message.</summary>
    public abstract string Describe();
}

internal sealed record YamlMap(int Line, IReadOnlyList<YamlField> Fields) : YamlTree(Line)
{
    public override string Describe() => "a mapping";
}

internal sealed record YamlField(string Key, int Line, YamlTree Value);

internal sealed record YamlList(int Line, IReadOnlyList<YamlTree> Items) : YamlTree(Line)
{
    public override string Describe() => "a list";
}

/// <summary>A scalar; plain ones have the type that YAML 1.2's core schema gives them (so <c>yes</c> is a text, <c>1.0</c> a number).</summary>
internal sealed partial record YamlScalar(int Line, string Text, bool IsPlain) : YamlTree(Line)
{
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public bool IsText => !IsPlain || !(IsNull || IsBoolean || TryNumber(out _));

    public bool IsBoolean => IsPlain && Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    public bool TryInteger(out long value) =>
        long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && IsPlain;

    public bool TryNumber(out double value)
    {
        value = double.NaN;
        return IsPlain && NumberPattern().IsMatch(Text) && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    public override string Describe() =>
        IsNull ? "empty" : IsBoolean ? $"the boolean {Text}" : TryNumber(out _) ? $"the number {Text}" : $"the text \"{Shorten(Text)}\"";

    private static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex NumberPattern();
}

/// <summary>One document of a file.</summary>
/// <param name="Source">Its text, as written.</param>
internal sealed record YamlDocumentTree(int Index, YamlTree Root, string Source);

using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>priority</c> of a TrafficPolicy, and the annotation by which a route says more.</summary>
internal static class PriorityFields
{
    /// <summary>On an HTTPRoute or GRPCRoute: the class of its requests. The Gateway API leaves no place for fields of ours.</summary>
    public const string Annotation = "meshinsight.io/priority";

    private const int MaxValues = 64;

    public static PriorityClass ReadAnnotation(FieldReader? annotations) =>
        annotations?.Choice(Annotation, PriorityClasses.ByName, PriorityClass.Unset) ?? PriorityClass.Unset;

    public static PriorityConfig Read(FieldReader reader)
    {
        var header = reader.Map("header");
        var priority = new PriorityConfig(
            reader.Choice("default", PriorityClasses.ByName, PriorityClass.Unset),
            header?.Text("name", required: true) ?? "",
            header is null ? new Dictionary<string, PriorityClass>() : ReadValues(header));
        if (header is not null && (!IsToken(priority.Header) || priority.Header.StartsWith("x-mesh-", StringComparison.OrdinalIgnoreCase)))
        {
            header.Problem("name", $"\"{priority.Header}\" is no header name that a client may send: letters, digits and \"-\", not beginning with \"x-mesh-\".");
        }

        if (header is null && priority.Default == PriorityClass.Unset)
        {
            reader.Problem("default", "is required where there is no header.", [.. PriorityClasses.ByName.Keys]);
        }

        header?.Finish();
        reader.Finish();
        return priority;
    }

    // Without a table the header names the class itself.
    private static IReadOnlyDictionary<string, PriorityClass> ReadValues(FieldReader header)
    {
        if (header.Map("values") is not { } values)
        {
            return PriorityClasses.ByName;
        }

        var keys = values.Keys().ToList();
        if (keys.Count is 0 or > MaxValues)
        {
            header.Problem("values", $"has {keys.Count} entries; 1 to {MaxValues} are allowed.");
        }

        return keys.Distinct().ToDictionary(k => k, k => values.Choice(k, PriorityClasses.ByName, PriorityClass.Medium, required: true));
    }

    private static bool IsToken(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshInsight.ControlPlane.Durable;

/// <summary>The one JSON form of the control plane: camelCase, enums as strings; on disk, in REST answers and in stored evidence.</summary>
internal static class Json
{
    public static JsonSerializerOptions Options { get; } = Frozen();

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter());
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        return options;
    }

    /// <summary>With its resolver set now: the schema exporter, unlike the serializer, refuses options that nothing was serialized with yet.</summary>
    private static JsonSerializerOptions Frozen()
    {
        var options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">The text is not of this form.</exception>
    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("The text is null.");
}

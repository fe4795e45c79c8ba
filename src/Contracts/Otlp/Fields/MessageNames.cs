namespace MeshInsight.Contracts.Otlp.Fields;

/// <summary>A message and its fields by number, only for the text of a refusal. Field numbers beside the names are those of opentelemetry-proto v1.7.0.</summary>
internal sealed class MessageNames(string message, params string[] fields)
{
    public string Describe(int field)
    {
        string name = field > 0 && field < fields.Length ? fields[field] : "";
        return name.Length > 0 ? $"{message}.{name} (field {field})" : field > 0 ? $"{message} field {field}" : message;
    }
}

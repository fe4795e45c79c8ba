namespace MeshInsight.Contracts.Otlp.Fields;

/// <summary>The outer levels have the same numbers for every signal: the request holds resource groups, those hold scope groups, those hold the records.</summary>
/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto (metrics and logs alike)</remarks>
internal static class GroupFields
{
    public const int Groups = 1;

    public const int Owner = 1;
    public const int Members = 2;
    public const int SchemaUrl = 3;

    public static readonly MessageNames Request = new("Export request", "", "resource groups");
    public static readonly MessageNames ResourceGroup = new("Resource group", "", "resource", "scope groups", "schema_url");
    public static readonly MessageNames ScopeGroup = new("Scope group", "", "scope", "records", "schema_url");
}

/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/resource/v1/resource.proto</remarks>
internal static class ResourceFields
{
    public const int Attributes = 1;

    public static readonly MessageNames Names = new("Resource", "", "attributes", "dropped_attributes_count", "entity_refs");
}

/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/common/v1/common.proto</remarks>
internal static class ScopeFields
{
    public const int Name = 1;
    public const int Version = 2;
    public const int Attributes = 3;

    public static readonly MessageNames Names = new("InstrumentationScope", "", "name", "version", "attributes", "dropped_attributes_count");
}

/// <inheritdoc cref="ScopeFields"/>
internal static class KeyValueFields
{
    public const int Key = 1;
    public const int Value = 2;

    public static readonly MessageNames Names = new("KeyValue", "", "key", "value");
}

/// <inheritdoc cref="ScopeFields"/>
internal static class AnyValueFields
{
    public const int Text = 1;
    public const int Bool = 2;
    public const int Int = 3;
    public const int Double = 4;
    public const int Array = 5;
    public const int KeyValueList = 6;
    public const int Bytes = 7;

    /// <summary>Of ArrayValue and KeyValueList.</summary>
    public const int Values = 1;

    public static readonly MessageNames Names =
        new("AnyValue", "", "string_value", "bool_value", "int_value", "double_value", "array_value", "kvlist_value", "bytes_value");

    public static readonly MessageNames ArrayNames = new("ArrayValue", "", "values");
    public static readonly MessageNames KeyValueListNames = new("KeyValueList", "", "values");
}

using System.Text.Json;
using System.Text.Json.Serialization;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Storage.Records;

/// <summary>The JSON of <c>Record</c> columns: as the control plane's REST API writes it, camelCase with enums as strings.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Finding))]
[JsonSerializable(typeof(Incident))]
[JsonSerializable(typeof(Decision))]
internal sealed partial class RecordJson : JsonSerializerContext;

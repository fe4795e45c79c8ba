using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;

namespace MeshInsight.Storage.Queries;

/// <summary>A <see cref="TraceSearch"/> as a condition on <c>mesh_traces</c>; user text only ever travels as parameters.</summary>
internal sealed class TraceFilter
{
    private const string SpansWithin =
        "Timestamp >= fromUnixTimestamp64Nano({from:Int64}) AND Timestamp < fromUnixTimestamp64Nano({to:Int64}) + toIntervalHour(1)";

    private readonly List<string> _conditions = [];
    private readonly List<QueryParameter> _parameters = [];

    private TraceFilter()
    {
    }

    public string Where => string.Join(" AND ", _conditions);

    public IReadOnlyList<QueryParameter> Parameters => _parameters;

    public static TraceFilter Of(TraceSearch search)
    {
        var filter = new TraceFilter();
        if (search.TraceId.Length > 0)
        {
            filter.Add("TraceId = {trace:String}", QueryParameter.Of("trace", search.TraceId.Trim().ToLowerInvariant()));
            return filter;
        }

        filter.Add(Sql.StartWithin, QueryParameter.Of("from", search.Window.From), QueryParameter.Of("to", search.Window.To));
        filter.AddNames(search);
        filter.AddSizes(search);
        if (search.Attribute.Length > 0)
        {
            filter.AddAttribute(search.Attribute);
        }

        return filter;
    }

    private void AddNames(TraceSearch search)
    {
        if (search.Service.Length > 0)
        {
            Add("has(Services, {service:String})", QueryParameter.Of("service", search.Service));
        }

        if (search.Service.Length > 0 && search.Version.Length > 0)
        {
            Add("has(Versions, {version:String})", QueryParameter.Of("version", TraceRow.ServiceVersion(search.Service, search.Version)));
        }

        if (search.Operation.Length > 0 && search.Service.Length > 0)
        {
            Add("has(Operations, {operation:String})", QueryParameter.Of("operation", TraceRow.ServiceOperation(search.Service, search.Operation)));
        }
        else if (search.Operation.Length > 0)
        {
            Add("RootOperation = {operation:String}", QueryParameter.Of("operation", search.Operation));
        }

        if (search.Reason.Length > 0)
        {
            Add("SamplingReason = {reason:String}", QueryParameter.Of("reason", search.Reason));
        }
    }

    private void AddSizes(TraceSearch search)
    {
        if (search.MinDuration > TimeSpan.Zero)
        {
            Add("Duration >= {shortest:UInt64}", QueryParameter.Of("shortest", search.MinDuration.Ticks * TimeSpan.NanosecondsPerTick));
        }

        if (search.MaxDuration > TimeSpan.Zero)
        {
            Add("Duration <= {longest:UInt64}", QueryParameter.Of("longest", search.MaxDuration.Ticks * TimeSpan.NanosecondsPerTick));
        }

        if (search.ErrorsOnly)
        {
            Add("ErrorCount > 0");
        }
    }

    private void AddAttribute(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            Add(
                $"TraceId IN (SELECT TraceId FROM otel_traces WHERE {SpansWithin} "
                + "AND (SpanAttributes[{key:String}] = {value:String} OR ResourceAttributes[{key:String}] = {value:String}))",
                QueryParameter.Of("key", text[..equals].Trim()),
                QueryParameter.Of("value", text[(equals + 1)..].Trim()));
            return;
        }

        Add(
            $"TraceId IN (SELECT TraceId FROM otel_traces WHERE {SpansWithin} "
            + "AND (positionCaseInsensitive(SpanName, {text:String}) > 0 OR positionCaseInsensitive(StatusMessage, {text:String}) > 0 "
            + "OR arrayExists(v -> positionCaseInsensitive(v, {text:String}) > 0, mapValues(SpanAttributes))))",
            QueryParameter.Of("text", text.Trim()));
    }

    private void Add(string condition, params ReadOnlySpan<QueryParameter> parameters)
    {
        _conditions.Add(condition);
        _parameters.AddRange(parameters);
    }
}

using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Tests;

/// <summary>One span as a test describes it; defaults are a healthy request that a sidecar answered.</summary>
internal sealed record SpanSpec(string Service, SpanKind Kind = SpanKind.Server)
{
    public string Version { get; init; } = "v1";

    public string Instance { get; init; } = "";

    public string Name { get; init; } = "GET /";

    public ulong Trace { get; init; } = 1;

    /// <summary>Overrides <see cref="Trace"/>.</summary>
    public TraceId? TraceId { get; init; }

    public ulong Id { get; init; } = 1;

    public ulong Parent { get; init; }

    public DateTimeOffset End { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TimeSpan Duration { get; init; } = TimeSpan.FromMilliseconds(10);

    public bool Failed { get; init; }

    public bool Proxy { get; init; } = true;

    public string TraceState { get; init; } = "";

    public IReadOnlyDictionary<string, object> Attributes { get; init; } = new Dictionary<string, object>();

    /// <summary>A call that the caller's sidecar made to another service.</summary>
    public static SpanSpec Call(string service, string destination, string version = "v1", string instance = "") => new(service, SpanKind.Client)
    {
        Attributes = new Dictionary<string, object>
        {
            [MeshAttributes.DestinationService] = destination,
            [MeshAttributes.DestinationVersion] = version,
            [MeshAttributes.DestinationInstance] = instance.Length > 0 ? instance : $"{destination}-1",
            ["http.request.method"] = "GET",
        },
    };

    public SpanSpec With(string key, object value) => this with { Attributes = new Dictionary<string, object>(Attributes) { [key] = value } };

    public static SpanBatch Batch(params IEnumerable<SpanSpec> spans)
    {
        var batch = new SpanBatch();
        foreach (var span in spans)
        {
            span.AddTo(batch);
        }

        return batch;
    }

    /// <summary>The ExportTraceServiceRequest.</summary>
    public static byte[] Request(params IEnumerable<SpanSpec> spans)
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(Batch(spans), output);
        return output.WrittenSpan.ToArray();
    }

    private void AddTo(SpanBatch batch)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", Service);
        batch.Attributes.AddText("service.version", Version);
        batch.Attributes.AddText("service.instance.id", Instance.Length > 0 ? Instance : $"{Service}-{Version}-1");
        int resource = batch.AddResource(first);
        batch.Scopes.Add(new(batch.Symbols.Add(Proxy ? MeshAttributes.ProxyScope : "app"), 0, default, 0));
        first = batch.Attributes.Count;
        foreach (var (key, value) in Attributes)
        {
            int symbol = batch.Symbols.Add(key);
            switch (value)
            {
                case int number:
                    batch.Attributes.AddInt(symbol, number);
                    break;
                default:
                    batch.Attributes.AddText(symbol, batch.Text.Add((string)value));
                    break;
            }
        }

        long end = (End - DateTimeOffset.UnixEpoch).Ticks * 100;
        batch.Add(
            TraceId ?? new TraceId(0xABCD, Trace),
            new(Id),
            new(Parent),
            end - (Duration.Ticks * 100),
            Duration.Ticks * 100,
            batch.Symbols.Add(Name),
            Kind,
            Failed ? SpanStatus.Error : SpanStatus.Unset,
            default,
            batch.Text.Add(TraceState),
            0,
            resource,
            batch.Scopes.Count - 1,
            new(first, batch.Attributes.Count - first));
    }
}

using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Benchmarks.Collector;

/// <summary>Requests as sidecars send them: traces of five spans through three services, ending now, with nine attributes each.</summary>
internal sealed class ShopTraces(Random random)
{
    private const int SpansPerTrace = 5;

    private static readonly string[] s_services = ["shop", "checkout", "payment"];
    private readonly SpanBatch _batch = new();
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <returns>An ExportTraceServiceRequest; valid until the next call.</returns>
    public ReadOnlyMemory<byte> Next(int traces, DateTimeOffset now, bool failed)
    {
        _batch.Clear();
        for (int service = 0; service < s_services.Length; service++)
        {
            int first = _batch.Attributes.Count;
            _batch.Attributes.AddText("service.name", s_services[service]);
            _batch.Attributes.AddText("service.version", "v1");
            _batch.Attributes.AddText("service.instance.id", s_services[service] + "-1");
            _batch.AddResource(first);
            _batch.Scopes.Add(new(_batch.Symbols.Add(MeshAttributes.ProxyScope), _batch.Symbols.Add("0.1.0"), default, 0));
        }

        long end = (now - DateTimeOffset.UnixEpoch).Ticks * 100;
        for (int i = 0; i < traces; i++)
        {
            var trace = new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64());
            ulong parent = 0;
            for (int depth = 0; depth < SpansPerTrace; depth++)
            {
                ulong id = (ulong)random.NextInt64() | 1;
                Add(trace, id, parent, depth, end, failed);
                parent = id;
            }
        }

        _output.ResetWrittenCount();
        OtlpTraces.Encode(_batch, _output);
        return _output.WrittenMemory;
    }

    private void Add(TraceId trace, ulong id, ulong parent, int depth, long end, bool failed)
    {
        bool isCall = depth % 2 == 1;
        int service = depth / 2;
        var attributes = _batch.Attributes;
        int first = attributes.Count;
        attributes.AddText("http.request.method", "GET");
        attributes.AddText("http.route", "/cart/{id}");
        attributes.AddText("url.path", "/cart/4711");
        attributes.AddText("url.scheme", "http");
        attributes.AddText("server.address", "checkout.mesh");
        attributes.AddInt("server.port"u8, 8080);
        attributes.AddInt("http.response.status_code"u8, failed ? 503 : 200);
        attributes.AddText(isCall ? MeshAttributes.DestinationService : MeshAttributes.SourceService, s_services[isCall ? service + 1 : Math.Max(0, service - 1)]);
        attributes.AddText(isCall ? MeshAttributes.DestinationVersion : MeshAttributes.SourceVersion, "v1");
        long duration = (long)((20 - (depth * 3) + random.NextDouble()) * 1e6);
        _batch.Add(
            trace,
            new(id),
            new(parent),
            end - duration,
            duration,
            _batch.Symbols.Add("GET /cart/{id}"),
            isCall ? SpanKind.Client : SpanKind.Server,
            failed ? SpanStatus.Error : SpanStatus.Unset,
            default,
            default,
            257,
            service,
            service,
            new(first, attributes.Count - first));
    }
}

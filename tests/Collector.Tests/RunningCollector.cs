using System.Buffers;
using System.Net;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Grpc.Client;
using MeshInsight.Storage.Client;
using MeshInsight.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.Collector.Tests;

/// <summary>The whole collector in this process, on free ports, with a folder of its own.</summary>
internal sealed class RunningCollector : IAsyncDisposable
{
    /// <summary>Nothing listens here.</summary>
    public static readonly Uri Nowhere = new("http://127.0.0.1:9");

    private readonly TempDirectory? _directory;
    private bool _stopped;

    private RunningCollector(CollectorHost host, TempDirectory? directory)
    {
        Host = host;
        _directory = directory;
        Grpc = new(host.GrpcAddress);
        Http = new() { BaseAddress = host.HttpAddress };
    }

    public CollectorHost Host { get; }

    public GrpcChannel Grpc { get; }

    public HttpClient Http { get; }

    public static async Task<RunningCollector> StartAsync(
        Uri? clickHouse = null, Uri? control = null, Func<CollectorOptions, CollectorOptions>? change = null, string? dataDirectory = null, string tokenFile = "")
    {
        var directory = dataDirectory is null ? new TempDirectory() : null;
        var options = new CollectorOptions
        {
            Bind = IPAddress.Loopback,
            GrpcPort = 0,
            HttpPort = 0,
            AdminPort = 0,
            ClickHouse = ClickHouseOptions.Parse((clickHouse ?? Nowhere).ToString()),
            Report = new() { ControlUrl = control ?? Nowhere, TokenFile = tokenFile },
            Store = new() { SpoolDirectory = Path.Combine(dataDirectory ?? directory!.Path, "spool") },
        };
        var host = new CollectorHost(change is null ? options : change(options), NullLoggerFactory.Instance, TimeProvider.System);
        await host.StartAsync(CancellationToken.None);
        return new(host, directory);
    }

    public Task<OtlpDecodeResult> SendAsync(params IEnumerable<SpanSpec> spans) => SendAsync(OtlpSignal.Traces, SpanSpec.Request(spans));

    /// <returns>What the partial success said; <see cref="OtlpDecodeResult.Ok"/> when there was none.</returns>
    public Task<OtlpDecodeResult> SendAsync(OtlpSignal signal, byte[] request, bool gzip = false) => Grpc.UnaryRawAsync(
        signal switch
        {
            OtlpSignal.Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            OtlpSignal.Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            _ => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        },
        new ReadOnlySequence<byte>(request),
        response => OtlpResponse.TryReadProtobuf(response, out long rejected, out string message)
            ? new OtlpDecodeResult(rejected == 0, 0, (int)rejected, message)
            : throw new InvalidDataException("The answer is no Export response."),
        new() { Gzip = gzip });

    /// <summary>Stops as at SIGTERM.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        await Host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
        }

        Grpc.Dispose();
        Http.Dispose();
        await Host.DisposeAsync();
        _directory?.Dispose();
    }
}

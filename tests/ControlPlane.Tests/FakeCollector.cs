using MeshInsight.Contracts.Telemetry;
using MeshInsight.Findings.V1;
using MeshInsight.Grpc.Client;

namespace MeshInsight.ControlPlane.Tests;

/// <summary>A collector as the control plane sees it: one report per second, acknowledged. The test makes the seconds.</summary>
internal sealed class FakeCollector : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly GrpcDuplexCall<CollectorReport, ReportAck> _call;
    private readonly string _id;
    private long _second = 1_700_000_000;
    private ulong _sequence;

    public FakeCollector(RunningControlPlane control, string id = "collector-1")
    {
        _id = id;
        _channel = control.Channel();
        _call = _channel.Duplex<CollectorReport, ReportAck>("/meshinsight.findings.v1.FindingFeed/Report", ReportAck.Parser);
    }

    /// <summary>Sends one second and waits for its acknowledgement.</summary>
    public async Task ReportAsync(params IEnumerable<object> parts)
    {
        var report = new CollectorReport { CollectorId = _id, Sequence = ++_sequence, WindowUnixSeconds = ++_second };
        foreach (object part in parts)
        {
            switch (part)
            {
                case ServiceWindow window:
                    report.Services.Add(window);
                    break;
                case EdgeWindow edge:
                    report.Edges.Add(edge);
                    break;
                case FindingMessage finding:
                    report.Findings.Add(finding);
                    break;
                default:
                    throw new ArgumentException($"{part} is no part of a report.");
            }
        }

        await SendAsync(report);
    }

    public async Task SendAsync(CollectorReport report)
    {
        await _call.WriteAsync(report);
        Assert.Equal(report.Sequence, (await _call.ReadAsync())!.Sequence);
    }

    /// <param name="millis">Latency of every request but those of <paramref name="slow"/>, which take ten times as long.</param>
    public static ServiceWindow Served(string service, string version, string instance, int requests, int errors = 0, double millis = 10, int slow = 0)
    {
        var window = new ServiceWindow { Service = service, Version = version, Instance = instance, Requests = (ulong)requests, Errors = (ulong)errors };
        AddLatency(window.LatencyBucket, window.LatencyCount, millis, requests - slow);
        AddLatency(window.LatencyBucket, window.LatencyCount, millis * 10, slow);
        return window;
    }

    public static EdgeWindow Called(string source, string sourceVersion, string destination, string destinationVersion, int requests, int errors = 0, int explained = 0) => new()
    {
        SourceService = source,
        SourceVersion = sourceVersion,
        DestinationService = destination,
        DestinationVersion = destinationVersion,
        Requests = (ulong)requests,
        Errors = (ulong)errors,
        SourceErrorsExplained = (ulong)explained,
    };

    public static FindingMessage SickInstance(string service, string version, string instance, bool active = true, double confidence = 0.97, long since = 1_700_000_000_000)
    {
        var subject = new SubjectMessage { Scope = Scope.Instance, Service = service, Version = version, Instance = instance };
        var message = new FindingMessage
        {
            Id = $"errors/{instance}",
            Signal = Signal.Errors,
            Subject = subject,
            Active = active,
            SinceUnixMillis = since,
            AtUnixMillis = since + 2000,
            Confidence = confidence,
            Observed = 0.4,
            Expected = 0.001,
            Summary = $"{instance} fails 40 % of its requests.",
        };
        message.Causes.Add(new CauseMessage { Subject = subject, Score = 0.9, Evidence = { "Its peers are well." } });
        return message;
    }

    public async ValueTask DisposeAsync()
    {
        await _call.DisposeAsync();
        _channel.Dispose();
    }

    private static void AddLatency(Google.Protobuf.Collections.RepeatedField<uint> buckets, Google.Protobuf.Collections.RepeatedField<ulong> counts, double millis, int requests)
    {
        if (requests > 0)
        {
            buckets.Add((uint)LatencySketch.BucketOf((long)(millis * 1e6)));
            counts.Add((ulong)requests);
        }
    }
}

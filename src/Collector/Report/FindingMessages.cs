using Google.Protobuf.Collections;
using MeshInsight.Collector.Detect;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Findings.V1;

namespace MeshInsight.Collector.Report;

/// <summary>Windows and findings as messages of findings.proto.</summary>
internal static class FindingMessages
{
    public static CollectorReport From(ClosedWindow window, IReadOnlyList<Finding> findings)
    {
        var report = new CollectorReport { WindowUnixSeconds = window.UnixSeconds };
        foreach (var row in window.Instances)
        {
            var service = new ServiceWindow
            {
                Service = row.Service,
                Version = row.Version,
                Instance = row.Instance,
                Requests = (ulong)row.Cell.Requests,
                Errors = (ulong)row.Cell.Errors,
            };
            Fill(row.Cell.Latency, service.LatencyBucket, service.LatencyCount);
            report.Services.Add(service);
        }

        foreach (var row in window.Edges)
        {
            var edge = new EdgeWindow
            {
                SourceService = row.Source,
                SourceVersion = row.SourceVersion,
                DestinationService = row.Destination,
                DestinationVersion = row.DestinationVersion,
                DestinationInstance = row.DestinationInstance,
                Requests = (ulong)row.Cell.Requests,
                Errors = (ulong)row.Cell.Errors,
                SourceErrorsExplained = (ulong)row.Cell.Explained,
            };
            Fill(row.Cell.Latency, edge.LatencyBucket, edge.LatencyCount);
            report.Edges.Add(edge);
        }

        report.Findings.AddRange(findings.Select(From));
        return report;
    }

    private static FindingMessage From(Finding finding)
    {
        var message = new FindingMessage
        {
            Id = finding.Id,
            Signal = (Signal)finding.Signal,
            Subject = From(finding.Subject),
            Active = finding.IsActive,
            SinceUnixMillis = finding.Since.ToUnixTimeMilliseconds(),
            AtUnixMillis = finding.At.ToUnixTimeMilliseconds(),
            Confidence = finding.Confidence,
            Observed = finding.Observed,
            Expected = finding.Expected,
            Summary = finding.Summary,
            ExampleTraceId = finding.ExampleTraceId,
        };
        foreach (var cause in finding.Causes)
        {
            var causeMessage = new CauseMessage { Subject = From(cause.Subject), Score = cause.Score };
            causeMessage.Evidence.AddRange(cause.Evidence);
            message.Causes.Add(causeMessage);
        }

        return message;
    }

    private static SubjectMessage From(Subject subject) => new()
    {
        Scope = (Scope)subject.Scope,
        Service = subject.Service,
        Version = subject.Version,
        Instance = subject.Instance,
        Peer = subject.Peer,
    };

    private static void Fill(LatencySketch sketch, RepeatedField<uint> buckets, RepeatedField<ulong> counts)
    {
        var all = sketch.Buckets;
        for (int bucket = 0; bucket < all.Length; bucket++)
        {
            if (all[bucket] > 0)
            {
                buckets.Add((uint)bucket);
                counts.Add(all[bucket]);
            }
        }
    }
}

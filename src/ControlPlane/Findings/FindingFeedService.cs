using MeshInsight.Findings.V1;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>findings.proto on the wire: every report is acknowledged, known ones too.</summary>
internal sealed partial class FindingFeedService(CollectorInbox inbox, ILogger<FindingFeedService> logger, CancellationToken stopping)
{
    public const string Report = "/meshinsight.findings.v1.FindingFeed/Report";

    private readonly Log _log = new(logger);

    public void Map(IEndpointRouteBuilder endpoints, GrpcServiceOptions options) =>
        endpoints.MapGrpcBidi<CollectorReport, ReportAck>(Report, CollectorReport.Parser, ReportAsync, options);

    private async Task ReportAsync(GrpcRequestReader<CollectorReport> reports, GrpcResponseWriter<ReportAck> acks, GrpcServerCall call)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, stopping);
        string collector = "";
        try
        {
            while (await reports.ReadAsync().AsTask().WaitAsync(ended.Token) is { } report)
            {
                if (report.CollectorId.Length == 0)
                {
                    throw new GrpcException(GrpcStatusCode.InvalidArgument, "collector_id must not be empty.");
                }

                if (collector.Length == 0)
                {
                    collector = report.CollectorId;
                    _log.Connected(collector, report.Sequence);
                }

                inbox.Accept(report);
                await acks.WriteAsync(new ReportAck { Sequence = report.Sequence });
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "The control plane stops; connect again.");
        }
        finally
        {
            _log.Ended(collector);
        }
    }
}

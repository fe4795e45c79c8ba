using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Identity;
using MeshInsight.Findings.V1;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Collector.Report;

/// <summary>
/// The stream to the control plane. Reports go out once a second; after a broken stream those without acknowledgement go out again, under the same numbers,
/// so that the control plane drops what it knows. While the control plane is away the mesh loses nothing but its eyes: the log holds minutes of reports.
/// </summary>
internal sealed partial class FindingFeed(ReportOptions options, CollectorMeters meters, TimeProvider clock, Random random, ILogger<FindingFeed> logger)
{
    private const string Method = "/meshinsight.findings.v1.FindingFeed/Report";

    private readonly ReportLog _log = new(options.MaxUnacknowledged);

    // A new id for every start: numbers begin again, and the control plane must not take them for ones it knows.
    private readonly string _collectorId = $"collector-{random.NextInt64():x16}";
    private readonly MeterCell _connected = meters[MeterTable.ControlConnected];
    private ulong _highestSent;

    public void Add(CollectorReport report)
    {
        report.CollectorId = _collectorId;
        if (!_log.Add(report))
        {
            meters[MeterTable.Reports, "dropped"].Add(1);
        }
    }

    /// <summary>Ends once everything added so far is acknowledged.</summary>
    public Task AcknowledgedAsync() => _log.EmptyAsync();

    /// <summary>Keeps the stream open until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var backoff = options.MinBackoff;
        bool reported = false;
        while (!cancel.IsCancellationRequested)
        {
            bool worked = false;
            try
            {
                await StreamAsync(() => worked = true, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is GrpcException or IOException or HttpRequestException or UnauthorizedAccessException or OperationCanceledException)
            {
                // A connection that is aborted under the call cancels it; only our own cancellation ends the feed.
                bool isNews = worked || !reported;
                reported = true;
                if (isNews)
                {
                    Log.Disconnected(logger, options.ControlUrl, failure.Message);
                }
            }
            finally
            {
                _connected.Set(0);
            }

            backoff = worked ? options.MinBackoff : TimeSpan.FromTicks(Math.Min(options.MaxBackoff.Ticks, backoff.Ticks * 2));
            await Task.Delay(backoff * (0.5 + (random.NextDouble() / 2)), clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StreamAsync(Action worked, CancellationToken cancel)
    {
        string? token = options.TokenFile.Length == 0 ? null : (await File.ReadAllTextAsync(options.TokenFile, cancel)).Trim();
        using var channel = new GrpcChannel(options.ControlUrl, new() { Token = token, AcceptsServer = certificate => ControlPlaneProof.IsProved(certificate, token) });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var call = channel.Duplex<CollectorReport, ReportAck>(Method, ReportAck.Parser, cancellation: ended.Token);
        var writing = WriteAsync(call, ended.Token);
        try
        {
            while (await call.ReadAsync() is { } ack)
            {
                if (_connected.Value == 0)
                {
                    _connected.Set(1);
                    Log.Connected(logger, options.ControlUrl);
                    worked();
                }

                meters[MeterTable.Reports, "acknowledged"].Add(_log.Acknowledge(ack.Sequence));
            }
        }
        finally
        {
            await ended.CancelAsync();
            await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // From the oldest report without acknowledgement; the log has dropped the others.
    private async Task WriteAsync(GrpcDuplexCall<CollectorReport, ReportAck> call, CancellationToken cancel)
    {
        ulong sent = 0;
        while (true)
        {
            var report = await _log.NextAsync(sent, cancel);
            await call.WriteAsync(report);
            sent = report.Sequence;
            meters[MeterTable.Reports, sent > _highestSent ? "sent" : "resent"].Add(1);
            _highestSent = Math.Max(_highestSent, sent);
        }
    }
}

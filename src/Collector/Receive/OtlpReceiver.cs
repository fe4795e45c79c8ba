using System.Buffers;
using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

internal enum OtlpFormat
{
    Protobuf,
    Json,
}

/// <param name="Result">Meaningful when nothing was refused, and for <see cref="Refusal.Malformed"/>, whose reason it holds.</param>
internal readonly record struct ReceiveOutcome(Refusal Refusal, OtlpDecodeResult Result);

/// <summary>What the doors share: decodes one request and takes it in or says why not. Taken in means held in memory until stored or spooled. Thread-safe.</summary>
internal sealed class OtlpReceiver(
    ReceiveOptions options,
    ReceiveQueue spans,
    BatchMerger<LogBatch> logs,
    BatchMerger<MetricBatch> metrics,
    CollectorMeters meters)
{
    private static readonly ReceiveOutcome s_full = new(Refusal.QueueFull, new(false, 0, 0, "The collector's queue is full; send again later."));

    private readonly OtlpLimits _limits = new() { MaxMessageBytes = options.MaxRequestBytes };

    public ReceiveOptions Options => options;

    /// <param name="body">Inflated; read only during the call.</param>
    public ReceiveOutcome Receive(OtlpSignal signal, OtlpFormat format, in ReadOnlySequence<byte> body)
    {
        var outcome = signal switch
        {
            OtlpSignal.Traces => ReceiveSpans(format, body),
            OtlpSignal.Logs => ReceiveLogs(format, body),
            _ => ReceiveMetrics(format, body),
        };
        Count(signal, outcome, body.Length);
        return outcome;
    }

    public void CountRefusal(Refusal refusal) => meters[MeterTable.Refused, refusal.ToString()].Add(1);

    private ReceiveOutcome ReceiveSpans(OtlpFormat format, in ReadOnlySequence<byte> body)
    {
        var batch = spans.Pool.Rent();
        var result = format == OtlpFormat.Json ? OtlpTraces.DecodeJson(body, batch, _limits) : OtlpTraces.Decode(body, batch, _limits);
        if (batch.Count > 0 && spans.TryAdd(batch))
        {
            return Taken(result);
        }

        bool full = batch.Count > 0;
        spans.Pool.Return(batch);
        return full ? s_full : Taken(result);
    }

    private ReceiveOutcome ReceiveLogs(OtlpFormat format, ReadOnlySequence<byte> body)
    {
        bool taken = logs.TryAdd(
            batch => format == OtlpFormat.Json ? OtlpLogs.DecodeJson(body, batch, _limits) : OtlpLogs.Decode(body, batch, _limits), out var result);
        return taken ? Taken(result) : s_full;
    }

    private ReceiveOutcome ReceiveMetrics(OtlpFormat format, ReadOnlySequence<byte> body)
    {
        bool taken = metrics.TryAdd(
            batch => format == OtlpFormat.Json ? OtlpMetrics.DecodeJson(body, batch, _limits) : OtlpMetrics.Decode(body, batch, _limits), out var result);
        return taken ? Taken(result) : s_full;
    }

    private static ReceiveOutcome Taken(in OtlpDecodeResult result) => new(result.Ok ? Refusal.None : Refusal.Malformed, result);

    private void Count(OtlpSignal signal, in ReceiveOutcome outcome, long bytes)
    {
        if (outcome.Refusal != Refusal.None)
        {
            CountRefusal(outcome.Refusal);
            return;
        }

        string name = Name(signal);
        meters[MeterTable.Received, name].Add(outcome.Result.Accepted);
        meters[MeterTable.ReceivedBytes, name].Add(bytes);
        if (outcome.Result.Rejected > 0)
        {
            meters[MeterTable.Rejected, name].Add(outcome.Result.Rejected);
        }
    }

    private static string Name(OtlpSignal signal) => signal switch
    {
        OtlpSignal.Traces => "traces",
        OtlpSignal.Logs => "logs",
        _ => "metrics",
    };
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MeshInsight.Contracts.Otlp.Decoding;
using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Otlp;

public enum OtlpSignal
{
    Traces,
    Metrics,
    Logs,
}

/// <summary>
/// Answers to export requests (opentelemetry-proto docs/specification.md, "OTLP/HTTP Response"): Export…ServiceResponse for what was taken, google.rpc.Status
/// for what was refused. In the content type of the request; over gRPC the status goes into <c>grpc-status-details-bin</c>.
/// </summary>
public static class OtlpResponse
{
    private const int MaxTextBytes = 4096;

    /// <summary>Full success is an empty message; a reason without rejections is a warning to the sender.</summary>
    public static void WriteProtobuf(in OtlpDecodeResult result, IBufferWriter<byte> output)
    {
        if (result.Rejected == 0 && result.Reason.Length == 0)
        {
            return;
        }

        var writer = new ProtoWriter(256);
        try
        {
            int mark = writer.Begin(ResponseFields.PartialSuccess);
            writer.WriteVarint(ResponseFields.Rejected, (ulong)result.Rejected);
            WriteText(ref writer, ResponseFields.Message, result.Reason);
            writer.End(mark);
            writer.CopyTo(output);
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <inheritdoc cref="WriteProtobuf"/>
    public static void WriteJson(OtlpSignal signal, in OtlpDecodeResult result, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        if (result.Rejected > 0 || result.Reason.Length > 0)
        {
            json.WriteStartObject("partialSuccess"u8);
            json.WriteString(RejectedName(signal), result.Rejected.ToString(CultureInfo.InvariantCulture));
            json.WriteString("errorMessage"u8, result.Reason);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>google.rpc.Status.</summary>
    /// <param name="code">gRPC status code: 3 INVALID_ARGUMENT, 8 RESOURCE_EXHAUSTED, 14 UNAVAILABLE, ...</param>
    /// <param name="retryDelay">Adds RetryInfo; null leaves it out, which tells a gRPC client not to retry RESOURCE_EXHAUSTED.</param>
    public static void WriteStatusProtobuf(int code, string message, TimeSpan? retryDelay, IBufferWriter<byte> output)
    {
        var writer = new ProtoWriter(256);
        try
        {
            writer.WriteVarint(RpcStatusFields.Code, (ulong)code);
            WriteText(ref writer, RpcStatusFields.Message, message);
            if (retryDelay is { } delay)
            {
                int any = writer.Begin(RpcStatusFields.Details);
                WriteText(ref writer, RpcStatusFields.TypeUrl, RpcStatusFields.RetryInfoType);
                int info = writer.Begin(RpcStatusFields.Value);
                int duration = writer.Begin(RpcStatusFields.RetryDelay);
                writer.WriteVarint(RpcStatusFields.Seconds, (ulong)(delay.Ticks / TimeSpan.TicksPerSecond));
                writer.WriteVarint(RpcStatusFields.Nanos, (ulong)(delay.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
                writer.End(duration);
                writer.End(info);
                writer.End(any);
            }

            writer.CopyTo(output);
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <inheritdoc cref="WriteStatusProtobuf"/>
    public static void WriteStatusJson(int code, string message, TimeSpan? retryDelay, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("code"u8, code);
        json.WriteString("message"u8, message);
        if (retryDelay is { } delay)
        {
            json.WriteStartArray("details"u8);
            json.WriteStartObject();
            json.WriteString("@type"u8, RpcStatusFields.RetryInfoType);
            json.WriteString("retryDelay"u8, delay.TotalSeconds.ToString("0.#########", CultureInfo.InvariantCulture) + "s");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Reads a collector's protobuf answer.</summary>
    /// <param name="rejected">How many records it left out; 0 is full success.</param>
    /// <param name="message">Its reason, or a warning; at most 4 KiB of it.</param>
    /// <returns>False when the bytes are no such answer.</returns>
    public static bool TryReadProtobuf(in ReadOnlySequence<byte> response, out long rejected, out string message)
    {
        rejected = 0;
        message = "";
        using var bytes = new ContiguousBytes(response);
        var reader = new ProtoReader(bytes.Span);
        while (reader.Next())
        {
            if (reader.Field != ResponseFields.PartialSuccess)
            {
                reader.Skip();
            }
            else if (!TryReadPartial(reader.ReadMessage(), ref rejected, ref message))
            {
                return false;
            }
        }

        return !reader.HasFault;
    }

    private static bool TryReadPartial(ProtoReader reader, ref long rejected, ref string message)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case ResponseFields.Rejected:
                    rejected = (long)reader.ReadVarint();
                    break;
                case ResponseFields.Message:
                    var text = reader.ReadBytes();
                    message = Utf8Repair.Repair(text[..Math.Min(text.Length, MaxTextBytes)]);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return !reader.HasFault;
    }

    private static void WriteText(ref ProtoWriter writer, int field, string text) => writer.WriteBytes(field, Encoding.UTF8.GetBytes(text));

    private static string RejectedName(OtlpSignal signal) => signal switch
    {
        OtlpSignal.Traces => "rejectedSpans",
        OtlpSignal.Metrics => "rejectedDataPoints",
        _ => "rejectedLogRecords",
    };
}

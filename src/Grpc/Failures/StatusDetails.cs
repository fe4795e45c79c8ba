using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace MeshInsight.Grpc.Failures;

/// <summary>Reads and writes the value of <c>grpc-status-details-bin</c>: a <c>google.rpc.Status</c> in base64.</summary>
internal static class StatusDetails
{
    /// <remarks>The padding stays: gRPC allows to leave it out, but the .NET OTLP exporter cannot read the value without.</remarks>
    public static string Write(GrpcStatusCode code, string message, TimeSpan? retryAfter, IReadOnlyList<Any> details)
    {
        var status = new Status { Code = (int)code, Message = message };
        if (retryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        status.Details.AddRange(details);
        return Convert.ToBase64String(status.ToByteArray());
    }

    /// <returns>False when the value is not base64 or not a status; the call's code and message stand without it.</returns>
    public static bool TryRead(string value, out TimeSpan? retryAfter, out IReadOnlyList<Any> details)
    {
        retryAfter = null;
        details = [];
        var bytes = new byte[value.Length];
        if (!Convert.TryFromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '='), bytes, out int length))
        {
            return false;
        }

        try
        {
            var others = new List<Any>();
            foreach (var detail in Status.Parser.ParseFrom(bytes, 0, length).Details)
            {
                if (detail.TryUnpack<RetryInfo>(out var info))
                {
                    retryAfter = info.RetryDelay?.ToTimeSpan();
                }
                else
                {
                    others.Add(detail);
                }
            }

            details = others;
            return true;
        }
        catch (Exception unreadable) when (unreadable is InvalidProtocolBufferException or InvalidOperationException)
        {
            return false;
        }
    }
}

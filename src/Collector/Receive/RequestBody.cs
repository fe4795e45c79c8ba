using System.Buffers;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Collector.Receive;

/// <summary>Reads the body of an HTTP request within a size limit and the shared budget. Sizes are checked before memory is taken.</summary>
internal static class RequestBody
{
    /// <summary>Ordinary telemetry shrinks by 4 to 12 with gzip; so much memory is set aside before it is inflated.</summary>
    private const long InflationRatio = 16;

    public static async ValueTask<Refusal> ReadAsync(HttpRequest request, int limitBytes, InFlightBudget.Lease budget, PooledBuffer body)
    {
        if (request.ContentLength > limitBytes)
        {
            return Refusal.TooLarge;
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted);
            var refusal = body.Length + read.Buffer.Length > limitBytes ? Refusal.TooLarge
                : budget.TryTake(read.Buffer.Length) ? Refusal.None
                : Refusal.QueueFull;
            if (refusal == Refusal.None)
            {
                foreach (var part in read.Buffer)
                {
                    body.Write(part.Span);
                }
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || refusal != Refusal.None)
            {
                return refusal;
            }
        }
    }

    public static Refusal Inflate(PooledBuffer body, int limitBytes, InFlightBudget.Lease budget, PooledBuffer inflated)
    {
        if (!budget.TryTake(Math.Min(limitBytes, body.Length * InflationRatio)))
        {
            return Refusal.QueueFull;
        }

        return BoundedGzip.Inflate(new(body.WrittenMemory), limitBytes, inflated) switch
        {
            InflateOutcome.Inflated => Refusal.None,
            InflateOutcome.TooLarge => Refusal.TooLarge,
            _ => Refusal.Malformed,
        };
    }
}

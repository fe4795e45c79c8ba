using MeshInsight.Contracts.Otlp.Decoding;

namespace MeshInsight.Contracts.Otlp;

/// <summary>What became of one export request.</summary>
/// <param name="Ok">False when the whole request is refused: nothing of it is in the batch, answer 400 / INVALID_ARGUMENT.</param>
/// <param name="Accepted">Spans, log records or data points added to the batch.</param>
/// <param name="Rejected">Left out one by one; answer with a partial success.</param>
/// <param name="Reason">Empty when all is well; else for the sender to read: what is wrong and where.</param>
public readonly record struct OtlpDecodeResult(bool Ok, int Accepted, int Rejected, string Reason)
{
    internal static OtlpDecodeResult From(in DecodeTally tally)
    {
        if (tally.Failure is { } failure)
        {
            return new(false, 0, 0, failure);
        }

        return new(true, tally.Accepted, tally.Rejected, tally.Rejected == 0 ? "" : $"{tally.Rejected} rejected; the first because {tally.FirstRejection.Describe()}.");
    }
}

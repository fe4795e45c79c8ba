using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Refuse;

/// <summary>Answers the client when the last try brought no response.</summary>
internal static class FailedTry
{
    /// <param name="upstream">Who was called, for the text.</param>
    public static Task AnswerAsync(Exchange exchange, AttemptRecord attempt, string upstream)
    {
        // Without an error the upstream's own response went out; a client that is gone reads no answer.
        if ((attempt.ErrorType.Length == 0 && (attempt.Flags & ResponseFlags.StreamIdle) == 0) || (attempt.Flags & ResponseFlags.ClientGone) != 0)
        {
            return Task.CompletedTask;
        }

        return LocalReply.WriteAsync(exchange, attempt.Status, attempt.Flags, $"{Reason(attempt.Flags, upstream)} ({attempt.Flags.ToCodes()})");
    }

    private static string Reason(ResponseFlags flags, string upstream) =>
        (flags & ResponseFlags.StreamIdle) != 0 ? "the request's body did not come on"
        : (flags & ResponseFlags.UpstreamTimeout) != 0 ? $"{upstream} did not answer in time"
        : (flags & ResponseFlags.UpstreamConnectFailure) != 0 ? $"no connection to {upstream}"
        : (flags & ResponseFlags.UpstreamReset) != 0 ? $"{upstream} reset the stream"
        : (flags & ResponseFlags.UpstreamClosed) != 0 ? $"{upstream} closed the connection"
        : $"the request to {upstream} was cut off";
}

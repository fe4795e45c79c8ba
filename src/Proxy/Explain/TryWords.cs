using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Explain;

/// <summary>What became of one try, and whether there was to be another.</summary>
internal static class TryWords
{
    public static string Of(AttemptRecord attempt, RetryAnswer answer, bool mayRetry)
    {
        string outcome = attempt.ErrorType.Length > 0 ? $"no response ({attempt.Flags.ToCodes()})" : $"status {attempt.Status}{(attempt.GrpcStatus > 0 ? $", gRPC status {attempt.GrpcStatus}" : "")}";
        string next = answer switch
        {
            RetryAnswer.Retry => "to be tried again",
            RetryAnswer.Exhausted => "not tried again: attempts or the budget are used up",
            RetryAnswer.Overflow => "not tried again: the circuit breaker has no room for a retry",
            _ => mayRetry ? "stands" : "stands, the route has no retries",
        };
        return $"try {attempt.ResendCount + 1}: {outcome}, {next}";
    }
}

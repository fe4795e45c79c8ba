namespace MeshInsight.Portal.Clients;

/// <summary>One line for a person out of what a client threw.</summary>
internal static class FailureText
{
    public static string Of(Exception failure) => failure switch
    {
        OperationCanceledException => "no answer in time",
        HttpRequestException { InnerException: { } inner } => inner.Message,
        _ => failure.Message,
    };
}

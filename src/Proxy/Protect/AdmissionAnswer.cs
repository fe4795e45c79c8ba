namespace MeshInsight.Proxy.Protect;

/// <summary>What became of a request that asked for a place.</summary>
internal enum AdmissionAnswer
{
    Admitted,

    /// <summary>As many requests wait as may, none of a lower class.</summary>
    QueueFull,

    /// <summary>No place was free in time.</summary>
    QueueTimeout,

    /// <summary>The queue was full, and its place there went to a request of a higher class.</summary>
    Displaced,

    /// <summary>The client left while it waited.</summary>
    ClientGone,
}

/// <param name="At">Timestamp of the admission.</param>
internal readonly record struct Admission(AdmissionAnswer Answer, long At);

internal static class AdmissionAnswers
{
    /// <summary>The label <c>reason</c>; of those that are refused.</summary>
    public static IReadOnlyList<(AdmissionAnswer Answer, string Reason)> Refusals { get; } =
    [
        (AdmissionAnswer.QueueFull, "queue_full"),
        (AdmissionAnswer.QueueTimeout, "queue_timeout"),
        (AdmissionAnswer.Displaced, "displaced"),
        (AdmissionAnswer.ClientGone, "client_gone"),
    ];
}

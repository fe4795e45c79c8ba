namespace MeshInsight.Collector.Receive;

/// <summary>Why a request was answered with an error; also the metric label.</summary>
internal enum Refusal
{
    None,
    Malformed,
    TooLarge,
    QueueFull,
    ContentType,
    ContentEncoding,
    Method,
    Path,
    Ended,
}

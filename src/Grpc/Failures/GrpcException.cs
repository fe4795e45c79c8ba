using Google.Protobuf.WellKnownTypes;

namespace MeshInsight.Grpc.Failures;

/// <summary>
/// A call that ended with another status than OK. A handler throws it to choose the status its client sees; a client gets it for every failed call,
/// whether the peer said so or the connection broke (<see cref="GrpcStatusCode.Unavailable"/>).
/// </summary>
/// <param name="retryAfter">When the peer says a retry makes sense (<c>google.rpc.RetryInfo</c>); null when it said nothing.</param>
/// <param name="trailers">Trailing metadata of the peer, without the status itself; null where there is none.</param>
/// <param name="details">Further details of <c>grpc-status-details-bin</c>, RetryInfo excluded; null where there are none.</param>
public sealed class GrpcException(
    GrpcStatusCode code,
    string message,
    TimeSpan? retryAfter = null,
    IReadOnlyDictionary<string, string>? trailers = null,
    IReadOnlyList<Any>? details = null,
    Exception? innerException = null) : Exception(message, innerException)
{
    private static readonly Dictionary<string, string> s_noTrailers = [];

    public GrpcStatusCode Code { get; } = code;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    public IReadOnlyDictionary<string, string> Trailers { get; } = trailers ?? s_noTrailers;

    public IReadOnlyList<Any> Details { get; } = details ?? [];
}

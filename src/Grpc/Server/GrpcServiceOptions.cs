namespace MeshInsight.Grpc.Server;

/// <summary>How the methods of one service take calls.</summary>
public sealed record GrpcServiceOptions
{
    public const int DefaultMaxReceiveBytes = 4 * 1024 * 1024;

    public static GrpcServiceOptions Default { get; } = new();

    /// <summary>Largest request message in bytes, after inflation; 4 MiB as in every gRPC implementation. Larger ones end the call with RESOURCE_EXHAUSTED.</summary>
    public int MaxReceiveBytes { get; init; } = DefaultMaxReceiveBytes;

    /// <summary>Responses above this many bytes are gzipped for clients that accept it; null (the default) never compresses.</summary>
    public int? GzipResponsesAboveBytes { get; init; }

    /// <summary>When set, calls without this token in <c>authorization: Bearer</c> end with UNAUTHENTICATED before their body is read.</summary>
    public BearerToken? Token { get; init; }

    /// <summary>Where deadlines are measured.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

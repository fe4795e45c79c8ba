namespace MeshInsight.Grpc.Client;

/// <summary>What differs from call to call.</summary>
public sealed record GrpcCallOptions
{
    public static GrpcCallOptions Default { get; } = new();

    /// <summary>Time the whole call may take, told to the server too; null for no limit.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Gzips request messages.</summary>
    public bool Gzip { get; init; }

    /// <summary>Request metadata, names in lower case. A name that ends in <c>-bin</c> takes base64.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Value of <c>:authority</c>, when it is not the address that is connected to: the name by which a sidecar finds the service.</summary>
    public string? Authority { get; init; }
}

namespace MeshInsight.Proxy.Match;

/// <summary>What routes look at. Lives as long as the request it was read from.</summary>
internal readonly ref struct RequestHead
{
    /// <summary>Name of the service that is called, in any case.</summary>
    public required ReadOnlySpan<char> Service { get; init; }

    /// <summary>Port that the authority names; 0 when it names none.</summary>
    public int Port { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>As sent, with its question mark; empty without one.</summary>
    public string Query { get; init; }

    public required IHeaderDictionary Headers { get; init; }

    public bool IsGrpc { get; init; }

    public RequestHead WithPath(string path) => new() { Service = Service, Port = Port, Method = Method, Path = path, Query = Query, Headers = Headers, IsGrpc = IsGrpc };

    /// <param name="service">The service, when it is known by other means than the authority.</param>
    public static RequestHead Of(HttpRequest request, bool isGrpc, string? service = null) => new()
    {
        Service = service ?? Authority.Service(request.Host.Value),
        Port = Authority.Port(request.Host.Value),
        Method = request.Method,
        Path = request.Path.Value ?? "",
        Query = request.QueryString.Value ?? "",
        Headers = request.Headers,
        IsGrpc = isGrpc,
    };
}

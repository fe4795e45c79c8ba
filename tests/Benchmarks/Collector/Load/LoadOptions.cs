namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary>How an endpoint is driven.</summary>
internal sealed record LoadOptions
{
    /// <summary>Of an OTLP listener, without a path.</summary>
    public required Uri Url { get; init; }

    /// <summary>OTLP/HTTP with protobuf instead of gRPC.</summary>
    public bool IsHttp { get; init; }

    /// <summary>Default 200.</summary>
    public int SpansPerRequest { get; init; } = 200;

    /// <summary>Connections of gRPC; over HTTP/1.1 every request in flight has one of its own. Default 2.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>Requests in flight per connection. Default 8.</summary>
    public int InFlight { get; init; } = 8;

    /// <summary>0, the default: closed loop, the next request as soon as one is answered. Else so many, whether or not they are answered, up to what may be in flight.</summary>
    public double SpansPerSecond { get; init; }

    /// <summary>How long a sender that was refused waits before its next request, as the collector's default tells it. Default 1 s.</summary>
    public TimeSpan RefusedPause { get; init; } = TimeSpan.FromSeconds(1);
}

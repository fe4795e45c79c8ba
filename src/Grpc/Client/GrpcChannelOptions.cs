using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Grpc.Client;

/// <summary>How one client reaches one server.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>Presented as <c>authorization: Bearer</c> on every call; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>TLS: whether a certificate is the server's, whatever else is wrong with it; null for the system's usual check.</summary>
    public Func<X509Certificate2, bool>? AcceptsServer { get; init; }

    /// <summary>How long a connection may take to open; 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>While calls run, a connection that is silent for so long is pinged, and given up after as long again; 10 s. A peer that vanished without a word is noticed by nothing else.</summary>
    public TimeSpan KeepAlivePing { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest response message in bytes, after inflation; 4 MiB.</summary>
    public int MaxReceiveBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Writes the trace context of the current activity into request headers; null (the default) writes none, so that telemetry about telemetry ends here.</summary>
    public DistributedContextPropagator? TraceContext { get; init; }

    /// <summary>Where deadlines are measured.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

namespace MeshInsight.Cli.Platform;

/// <summary>One sidecar: whose it is and where it listens.</summary>
/// <param name="Protocol">What the app speaks: http, http2 or grpc.</param>
internal sealed record SidecarPlan(string Service, string Version, string Instance, string Protocol, int AppPort, int InboundPort, int OutboundPort, int AdminPort);

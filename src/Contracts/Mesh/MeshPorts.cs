namespace MeshInsight.Contracts.Mesh;

/// <summary>Every port as an offset from one base, so that <c>--port-base</c> moves all of them. With the default base OTLP is on its registered ports.</summary>
public static class MeshPorts
{
    public const int DefaultBase = 4300;

    public const int Portal = 0;
    public const int ControlApi = 1;
    public const int ControlGrpc = 2;
    public const int ControlGrpcTls = 3;
    public const int OtlpGrpc = 17;
    public const int OtlpHttp = 18;
    public const int CollectorAdmin = 19;
    public const int ClickHouse = 23;

    /// <summary>The demo shop's front door.</summary>
    public const int ShopEntry = 80;

    /// <summary>The demo's instances: from here four ports each (app, inbound, outbound, admin).</summary>
    public const int ShopInstances = 100;
}

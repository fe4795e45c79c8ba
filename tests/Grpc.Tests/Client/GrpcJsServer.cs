using MeshInsight.Testing;

namespace MeshInsight.Grpc.Tests.Client;

/// <summary>One grpc-js server for all tests of a class.</summary>
public sealed class GrpcJsServer : IAsyncLifetime
{
    private ProgramProcess _process = null!;

    public Uri Url { get; private set; } = null!;

    /// <summary>What the server has printed so far.</summary>
    public string Output => _process.Output;

    public async Task InitializeAsync()
    {
        _process = ProgramProcess.StartNode("grpc/server.js");
        Url = await _process.ListeningAsync("grpc");
    }

    public async Task DisposeAsync() => await _process.DisposeAsync();
}

using MeshInsight.Testing;

namespace MeshInsight.EmbeddedClickHouse.Tests;

/// <summary>One server for the tests that leave it as they found it, but for tables of their own.</summary>
public sealed class SharedServer : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private EngineServer _server = null!;

    internal Caller Client => _server.Client;

    public async Task InitializeAsync() => _server = await EngineServer.StartAsync(_directory.Path);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    /// <summary>Called after <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => _directory.Dispose();
}

[CollectionDefinition(Name)]
public sealed class SharedServerGroup : ICollectionFixture<SharedServer>
{
    public const string Name = "one server";
}

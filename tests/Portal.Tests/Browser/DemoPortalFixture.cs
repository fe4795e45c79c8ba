using MeshInsight.Portal.Tests.Demo;

namespace MeshInsight.Portal.Tests.Browser;

/// <summary>One demo portal for all tests of the browser.</summary>
public sealed class DemoPortalFixture : IAsyncLifetime
{
    internal DemoPortal Portal { get; private set; } = null!;

    public async Task InitializeAsync() => Portal = await DemoPortal.StartAsync();

    public async Task DisposeAsync()
    {
        if (Portal is not null)
        {
            await Portal.DisposeAsync();
        }
    }
}

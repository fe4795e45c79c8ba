using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace MeshInsight.Client;

/// <summary>Puts the mesh before the primary handler of every client that the factory makes.</summary>
internal sealed class MeshPrimaryHandler(Func<MeshNode> node) : IPostConfigureOptions<HttpClientFactoryOptions>
{
    public void PostConfigure(string? name, HttpClientFactoryOptions options) =>
        options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = new MeshInsightHandler(node()) { InnerHandler = builder.PrimaryHandler });
}

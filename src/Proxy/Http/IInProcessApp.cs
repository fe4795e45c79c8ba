using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Http;

/// <summary>The app, where it is in this process instead of behind a URL.</summary>
internal interface IInProcessApp
{
    /// <summary>Has the app answer a request that was let in, and writes into the attempt what came of it. Only the app's own exceptions leave it.</summary>
    Task AnswerAsync(Exchange exchange, AttemptRecord attempt);
}

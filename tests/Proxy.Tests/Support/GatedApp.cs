using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>Holds every request until its gate is opened, and says which have come.</summary>
internal sealed class GatedApp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<string> _arrived = Channel.CreateUnbounded<string>();

    public async Task AnswerAsync(HttpContext context)
    {
        _arrived.Writer.TryWrite(context.Request.Path.Value!);
        await _open.Task;
        await context.Response.WriteAsync("done");
    }

    /// <summary>Waits for one more request to come.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> ArrivedAsync() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public void Open() => _open.TrySetResult();
}

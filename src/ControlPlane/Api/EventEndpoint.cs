using System.Text;

namespace MeshInsight.ControlPlane.Api;

/// <summary><c>GET /events</c>: server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html.</summary>
internal static class EventEndpoint
{
    // Proxies between us and a browser close connections that are silent for longer than this.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static async Task StreamAsync(HttpContext context, EventHub hub, TimeProvider clock, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var channel = hub.Listen();
        try
        {
            await WriteAsync(context, ": listening\n\n", ended.Token);
            var next = channel.Reader.ReadAsync(ended.Token).AsTask();
            while (true)
            {
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(ended.Token);
                if (await Task.WhenAny(next, Task.Delay(KeepAlive, clock, pause.Token)) != next)
                {
                    await WriteAsync(context, ": still here\n\n", ended.Token);
                    continue;
                }

                await pause.CancelAsync();
                var message = await next;
                await WriteAsync(context, $"event: {message.Name}\ndata: {message.Data}\n\n", ended.Token);
                next = channel.Reader.ReadAsync(ended.Token).AsTask();
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The listener left, or the program stops: the normal end of a stream without one.
            return;
        }
        finally
        {
            hub.Leave(channel);
        }
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}

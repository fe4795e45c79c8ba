using System.Net.WebSockets;
using System.Text;
using MeshInsight.Client.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MeshInsight.Client.Tests;

/// <summary>WebSockets that an app opens through its own part of the mesh.</summary>
public sealed class WebSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Uri Chat = new("ws://checkout.mesh/chat?room=1");

    [Fact]
    public async Task Socket_ToAnAppBehindASidecar_SpeaksBothWaysAndCloses()
    {
        await using var mesh = await ClientMesh.StartAsync();
        var (web, ended) = await StartAsync(mesh);
        using var socket = new ClientWebSocket();
        using var invoker = Invoker(web);
        using var patience = new CancellationTokenSource(Patience);

        await socket.ConnectAsync(Chat, invoker, patience.Token);
        Assert.Equal("/chat?room=1", await HearAsync(socket, patience.Token));
        foreach (string words in (string[])["one", new string('x', 100_000), "three"])
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(words), WebSocketMessageType.Text, true, patience.Token);
            Assert.Equal(words, await HearAsync(socket, patience.Token));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", patience.Token);

        Assert.Equal((WebSocketState.Closed, "bye"), (socket.State, await ended.WaitAsync(patience.Token)));
        var caller = (await mesh.Sink.SpansAsync(1, s => s.Service == "web"))[0];
        Assert.Equal("101", caller["http.response.status_code"]);
        Assert.EndsWith("/sa/checkout", caller["mesh.peer.principal"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_ThatItsAppLeaves_EndsAtTheOtherEnd()
    {
        await using var mesh = await ClientMesh.StartAsync();
        var (web, ended) = await StartAsync(mesh);
        var socket = new ClientWebSocket();
        using var invoker = Invoker(web);
        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(Chat, invoker, patience.Token);
        await HearAsync(socket, patience.Token);

        socket.Dispose();

        Assert.Equal("broken", await ended.WaitAsync(patience.Token));
    }

    [Fact]
    public async Task Socket_ThatTheOtherSideRefuses_IsToldTheStatus()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartSidecarAsync("checkout", context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var socket = new ClientWebSocket();
        using var invoker = Invoker(web);

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Chat, invoker, default));

        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
    }

    /// <returns>How the app's side ended: by the words that closed it, or broken.</returns>
    private static async Task<(WebApplication Web, Task<string> Ended)> StartAsync(ClientMesh mesh)
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await mesh.StartSidecarAsync("checkout", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync(Encoding.ASCII.GetBytes(context.Request.Path + context.Request.QueryString.Value), WebSocketMessageType.Text, true, default);
            byte[] buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer.AsMemory(), default) is { MessageType: not WebSocketMessageType.Close } part)
                {
                    await socket.SendAsync(buffer.AsMemory(0, part.Count), WebSocketMessageType.Text, part.EndOfMessage, default);
                }

                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
                ended.SetResult(socket.CloseStatusDescription ?? "");
            }
            catch (WebSocketException)
            {
                ended.SetResult("broken");
            }
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        return (web, ended.Task);
    }

    private static HttpMessageInvoker Invoker(WebApplication web)
    {
        var handler = web.Services.GetRequiredService<MeshInsightHandler>();
        handler.InnerHandler = new SocketsHttpHandler();
        return new(handler);
    }

    private static async Task<string> HearAsync(ClientWebSocket socket, CancellationToken cancellation)
    {
        var words = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
            words.Append(Encoding.ASCII.GetString(buffer, 0, part.Count));
            if (part.EndOfMessage)
            {
                return words.ToString();
            }
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Forward;

public sealed class StreamingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task SmallUploadChunk_BeforeBodyEnds_ReachesTheApp(int major)
    {
        var first = new TaskCompletionSource<string>();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            byte[] buffer = new byte[100];
            int read = await context.Request.Body.ReadAsync(buffer);
            first.SetResult(Encoding.UTF8.GetString(buffer, 0, read));
            while (await context.Request.Body.ReadAsync(buffer) > 0)
            {
            }

            await context.Response.WriteAsync("done");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller, major);
        var content = new SteppedContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/upload") { Content = content, Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };

        var response = client.SendAsync(request);
        await content.SendAsync("small");
        string seen = await first.Task.WaitAsync(TimeSpan.FromSeconds(10));
        content.Complete();

        Assert.Equal("small", seen);
        using var answer = await response;
        Assert.Equal("done", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ResponseHead_BeforeAnyBody_ReachesTheClient(int major)
    {
        var go = new TaskCompletionSource();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("data: 1\n\n");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller, major);

        using var response = await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(10));
        go.SetResult();

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("data: 1\n\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ResponseChunk_BeforeBodyEnds_ReachesTheClient()
    {
        var go = new TaskCompletionSource();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            await context.Response.WriteAsync("one");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("two");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[10];
        int read = await body.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        go.SetResult();

        Assert.Equal("one", Encoding.UTF8.GetString(buffer, 0, read));
    }

    [Fact]
    public async Task Upload_Above30MegaBytes_IsNotRefused()
    {
        const int Size = 40_000_000;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            long total = 0;
            byte[] buffer = new byte[64 * 1024];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
            {
                total += read;
            }

            await context.Response.WriteAsync($"{total}");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.PostAsync("/upload", new ByteArrayContent(new byte[Size]));

        Assert.Equal($"{Size}", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task WebSocket_ThroughTwoSidecars_EchoesBothWaysAndOutlivesTheRoutesTimeout()
    {
        await using var rig = await MeshRig.StartAsync();
        var app = await rig.StartAppAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[100];
            while (await socket.ReceiveAsync(buffer, default) is { MessageType: not WebSocketMessageType.Close } message)
            {
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, default);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
        });
        var checkout = await rig.StartServiceAsync("checkout", "v1", app);
        var clock = new ManualTimeProvider();
        rig.Clock = clock;
        var caller = await rig.StartCallerAsync();
        var route = MeshConfig.Route("checkout", ("checkout/v1", 100));
        route.TimeoutMillis = 200;
        await rig.PublishAsync(2, MeshConfig.Of([route], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader("Host", "checkout.mesh");
        var outbound = caller.Url(ListenerSide.Outbound);

        await client.ConnectAsync(new Uri($"ws://{outbound.Authority}/chat"), default);
        byte[] buffer = new byte[100];
        foreach (string text in (string[])["hello", "late", "again"])
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);
            var echo = await client.ReceiveAsync(buffer, default);
            Assert.Equal(text, Encoding.UTF8.GetString(buffer, 0, echo.Count));
            clock.Advance(TimeSpan.FromMilliseconds(300));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);

        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Fact]
    public async Task Trailers_OfAnHttp2App_ReachTheClient()
    {
        // Kestrel has response trailers on HTTP/2 only.
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            async context =>
            {
                context.Response.DeclareTrailer("x-sum");
                await context.Response.WriteAsync("body");
                context.Response.AppendTrailer("x-sum", "42");
            },
            protocol: ClusterProtocol.Http2,
            appProtocols: HttpProtocols.Http2);
        await using var _ = rig;
        using var client = MeshRig.Client(caller, 2);

        using var response = await client.GetAsync("/");
        await response.Content.ReadAsStringAsync();

        Assert.Equal("42", response.TrailingHeaders.GetValues("x-sum").Single());
    }

    /// <summary>A body that the test sends piece by piece.</summary>
    private sealed class SteppedContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new();
        private readonly TaskCompletionSource _complete = new();

        public SteppedContent() => Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");

        public async Task SendAsync(string text)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
            await stream.FlushAsync();
        }

        public void Complete() => _complete.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            await _complete.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

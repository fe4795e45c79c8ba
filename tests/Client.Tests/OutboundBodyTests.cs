using System.Net;
using System.Text;
using MeshInsight.Client.Tests.Support;
using MeshInsight.Contracts.Mesh;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Client.Tests;

/// <summary>Bodies of calls by an app's HttpClients: as they come, both ways at once, and when one side gives up.</summary>
public sealed class OutboundBodyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly Uri Checkout = new("http://checkout/cart?x=1");

    [Fact]
    public async Task Call_ResponseStreams_FirstBytesComeAheadAndLeavingEarlyIsSeenAtTheOtherEnd()
    {
        var left = new TaskCompletionSource();
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await using var gone = context.RequestAborted.Register(() => left.TrySetResult());
            await left.Task;
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        using (var response = await client.GetAsync(Checkout, HttpCompletionOption.ResponseHeadersRead))
        {
            var body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[5];
            await body.ReadExactlyAsync(buffer);
            Assert.Equal("first", Encoding.ASCII.GetString(buffer));
        }

        await left.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Call_GivenUpBeforeTheHead_IsCanceledHereAndAbortedThere()
    {
        var (there, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", async context =>
        {
            await using var gone = context.RequestAborted.Register(() => left.TrySetResult());
            there.SetResult();
            await left.Task;
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);
        using var cancel = new CancellationTokenSource();

        var calling = client.GetAsync(Checkout, cancel.Token);
        await there.Task.WaitAsync(Patience);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        await left.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Call_BodyCannotBeRead_TheAppSeesItsOwnFailure()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", async context => await context.Request.Body.CopyToAsync(Stream.Null));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);
        using var broken = new BrokenContent();

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync(Checkout, broken));

        Assert.Equal("mine", failure.InnerException!.Message);
    }

    [Fact]
    public async Task Grpc_BothWaysAtOnce_PassesWithTrailers()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartSidecarAsync("grpc-echo", EchoCallAsync, ClusterProtocol.Grpc);
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("grpc-echo");
        await ClientMesh.KnowsAsync(web, "grpc-echo");
        using var client = ClientMesh.Client(web);
        using var content = new DuplexContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://grpc-echo/test.Echo/Both") { Version = HttpVersion.Version20, Content = content };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var answers = await response.Content.ReadAsStreamAsync();
        byte[] frame = new byte[6];
        for (byte i = 0; i < 3; i++)
        {
            await content.WriteAsync([0, 0, 0, 0, 1, i]);
            await answers.ReadExactlyAsync(frame).AsTask().WaitAsync(Patience);
            Assert.Equal(i, frame[5]);
        }

        content.Finish();
        Assert.Equal(0, await answers.ReadAsync(frame));
        Assert.Equal(2, response.Version.Major);
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
    }

    private static async Task EchoCallAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.FlushAsync();
        byte[] buffer = new byte[64];
        while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
            await context.Response.Body.FlushAsync();
        }

        context.Response.AppendTrailer("grpc-status", "0");
    }

    private sealed class BrokenContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("part"u8.ToArray());
            throw new InvalidOperationException("mine");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>As gRPC clients have it: writes go on while the response is read.</summary>
    private sealed class DuplexContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new();
        private readonly TaskCompletionSource _finished = new();

        public DuplexContent() => Headers.ContentType = new("application/grpc");

        public async Task WriteAsync(byte[] bytes)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }

        public void Finish() => _finished.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            await _finished.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

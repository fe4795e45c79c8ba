using System.Net;
using System.Text;
using System.Text.Json;
using MeshInsight.Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Mesh.Tests;

/// <summary>The Gateway API's conformance cases <c>httproute-request-mirror</c>, <c>-percentage-mirror</c>, <c>grpcroute-request-mirror</c>, and what a mirror must not do.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class RequestMirrorTests(EchoMesh mesh) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Func<HttpContext, Task<bool>>? Mirror
    {
        set => mesh.Backends["echo-v2"].Before = value;
    }

    public void Dispose() => Mirror = null;

    private static string Rule(string name, string target = "echo-v2", string share = "", string more = "") => $$"""
        - name: {{name}}
          filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: {{target}}, port: 80 }{{share}} } }]
          backendRefs: [{ name: echo-v1, port: 80 }]
        {{more}}
        """.TrimEnd();

    private static long Compared(JsonElement mirror) => mirror.GetProperty("compared").GetInt64();

    private static long Lost(JsonElement mirror, string reason) => mirror.GetProperty("lost").GetProperty(reason).GetInt64();

    [Fact]
    public async Task Copy_HasTheRequestsHeadAndBody_AndOnlyTheOriginalAnswers()
    {
        var copied = new TaskCompletionSource<(string Method, string Url, string Header, string Source, string Trace, string Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        Mirror = async context =>
        {
            var request = context.Request;
            string body = await new StreamReader(request.Body).ReadToEndAsync();
            copied.TrySetResult((request.Method, request.Path + request.QueryString, request.Headers["x-one"].ToString(), request.Host.Value!, request.Headers["traceparent"].ToString(), body));
            context.Response.StatusCode = 500;
            return true;
        };
        await using var _ = await mesh.RouteAsync("echo", Rule("whole"));
        const string Trace = "0af7651916cd43dd8448eb211c80319c";

        var answer = await mesh.Client.SendAsync("echo/cart/1?a=%20b", HttpMethod.Put, new StringContent("the body"), ("x-one", "1"), ("traceparent", $"00-{Trace}-b7ad6b7169203331-01"));
        var copy = await copied.Task.WaitAsync(Patience);

        Assert.Equal((200, "echo-v1", "the body"), (answer.Status, answer.Backend, answer.Seen!.Body));
        Assert.Equal(("PUT", "/cart/1?a=%20b", "1", "echo", "the body"), (copy.Method, copy.Url, copy.Header, copy.Source, copy.Body));
        // A failed copy must not make the client's trace a failed one.
        Assert.NotEmpty(copy.Trace);
        Assert.DoesNotContain(Trace, copy.Trace, StringComparison.Ordinal);
        var report = await mesh.MirrorAsync("echo/whole", m => Compared(m) == 1);
        Assert.Equal((1, 0, 1), (report.GetProperty("copies").GetInt64(), report.GetProperty("sameStatus").GetInt64(), report.GetProperty("differentStatus").GetInt64()));
        var difference = report.GetProperty("differences")[0];
        Assert.Equal(("200", "500", Trace), (
            difference.GetProperty("original").GetProperty("status").GetString(),
            difference.GetProperty("copy").GetProperty("status").GetString(),
            difference.GetProperty("original").GetProperty("traceId").GetString()));
        Assert.True(report.GetProperty("latencyMillis").GetProperty("copy").GetProperty("p50").GetDouble() > 0);
        string metrics = await mesh.AdminAsync("/metrics");
        Assert.Contains("mesh_proxy_mirror_compared_total{route=\"echo/whole\",mirror=\"echo-v2\",original_status=\"200\",copy_status=\"500\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("mesh_proxy_mirror_duration_milliseconds_count{route=\"echo/whole\",mirror=\"echo-v2\",side=\"copy\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamedBody_ReachesTheMirrorWhileItIsSent()
    {
        var first = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var rest = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Mirror = async context =>
        {
            byte[] buffer = new byte[100];
            int read = await context.Request.Body.ReadAsync(buffer);
            first.TrySetResult(Encoding.UTF8.GetString(buffer, 0, read));
            rest.TrySetResult(await new StreamReader(context.Request.Body).ReadToEndAsync());
            return false;
        };
        await using var _ = await mesh.RouteAsync("echo", Rule("streamed"));
        var go = new TaskCompletionSource();
        using var content = new CallbackContent(async stream =>
        {
            await stream.WriteAsync("one"u8.ToArray());
            await stream.FlushAsync();
            await go.Task;
            await stream.WriteAsync("two"u8.ToArray());
        });

        var sending = mesh.Client.SendAsync("echo/", HttpMethod.Post, content);
        string early = await first.Task.WaitAsync(Patience);
        go.SetResult();

        Assert.Equal(("one", "two"), (early, await rest.Task.WaitAsync(Patience)));
        Assert.Equal("onetwo", (await sending).Seen!.Body);
    }

    [Fact]
    public async Task MirrorThatNeverAnswers_DelaysNobody()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Mirror = async _ =>
        {
            await release.Task;
            return false;
        };
        await using var _ = await mesh.RouteAsync("echo", Rule("silent"));

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/").WaitAsync(Patience)).Backend);
        }

        Assert.Equal(20, (await mesh.MirrorAsync("echo/silent", _ => true)).GetProperty("copies").GetInt64());
        release.SetResult();
        Assert.Equal(20, (await mesh.MirrorAsync("echo/silent", m => Compared(m) == 20)).GetProperty("sameStatus").GetInt64());
    }

    [Fact]
    public async Task MirrorThatReadsSlowly_LosesItsCopy_NotTheOriginal()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Mirror = async _ =>
        {
            await release.Task;
            return false;
        };
        await using var _ = await mesh.RouteAsync("echo", Rule("large"));
        string body = new('x', 16 << 20);

        var answer = await mesh.Client.SendAsync("echo/", HttpMethod.Post, new StringContent(body));
        release.SetResult();

        Assert.Equal(body.Length, answer.Seen!.Body.Length);
        Assert.Equal(0, Compared(await mesh.MirrorAsync("echo/large", m => Lost(m, "Slow") == 1)));
    }

    [Fact]
    public async Task MirrorWithoutInstances_IsCountedOnly()
    {
        await using var _ = await mesh.RouteAsync("echo", Rule("nobody", target: "grpc"));

        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/")).Backend);
        Assert.Equal(1, Lost(await mesh.MirrorAsync("echo/nobody", _ => true), "NoEndpoint"));
    }

    [Theory]
    [InlineData("percent", ", percent: 20", 300, 32, 88)]
    [InlineData("fraction", ", fraction: { numerator: 1, denominator: 2 }", 300, 115, 185)]
    [InlineData("none", ", percent: 0", 20, 0, 0)]
    public async Task Share_OfRequests_IsCopied(string name, string share, int requests, int fewest, int most)
    {
        int copies = 0;
        Mirror = _ =>
        {
            Interlocked.Increment(ref copies);
            return Task.FromResult(false);
        };
        await using var _ = await mesh.RouteAsync("echo", Rule(name, share: share));

        for (int i = 0; i < requests; i++)
        {
            await mesh.Client.GetAsync("echo/");
        }

        long sent = most == 0 ? 0 : (await mesh.MirrorAsync($"echo/{name}", m => Compared(m) == m.GetProperty("copies").GetInt64())).GetProperty("copies").GetInt64();
        Assert.InRange(sent, fewest, most);
        Assert.Equal(sent, Volatile.Read(ref copies));
    }

    [Fact]
    public async Task SeveralMirrors_EachGetACopy()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - name: several
              filters:
                - { type: RequestMirror, requestMirror: { backendRef: { name: echo-v2 } } }
                - { type: RequestMirror, requestMirror: { backendRef: { name: echo-v1 } } }
              backendRefs: [{ name: echo-v1 }]
            """);

        await mesh.Client.SendAsync("echo/", HttpMethod.Post, new StringContent("body"));

        await mesh.MirrorAsync("echo/several", m => Compared(m) == 1 && m.GetProperty("cluster").GetString() == "echo-v1");
        string metrics = await mesh.AdminAsync("/metrics");
        Assert.Contains("mesh_proxy_mirror_copies_total{route=\"echo/several\",mirror=\"echo-v2\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GrpcCall_IsMirrored_AndComparedByItsGrpcStatus()
    {
        await using var _ = await mesh.RouteAsync("grpc", """
            - name: mirrored
              matches: [{ method: { service: shop.v1.Echo } }]
              filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: grpc-v2 } } }]
              backendRefs: [{ name: grpc-v1 }]
            """, "GRPCRoute");

        Assert.Equal("grpc-v1", (await mesh.Client.CallAsync("grpc", "shop.v1.Echo/Say")).Header(EchoApp.BackendHeader));

        var report = await mesh.MirrorAsync("grpc/mirrored", m => Compared(m) == 1);
        Assert.Equal("OK", report.GetProperty("statuses")[0].GetProperty("copy").GetString());
    }

    private sealed class CallbackContent(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

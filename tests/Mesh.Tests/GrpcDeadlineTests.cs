using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Accept;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Mesh.Tests;

/// <summary>The deadline of a grpc-js client bounds the whole chain: client → grpc-v1 → grpc-v2, four sidecars, apps that pass on nothing but the trace.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class GrpcDeadlineTests(EchoMesh mesh) : IDisposable
{
    private const int DeadlineExceeded = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, TimeSpan> _told = [];
    private readonly ConcurrentDictionary<string, int> _answers = [];
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        mesh.Backends["grpc-v1"].Before = null;
        mesh.Backends["grpc-v2"].Before = null;
    }

    [Fact]
    public async Task Deadline_OfTheClient_IsToldToEveryHop_LessWhatWasUsed_AndEndsTheLastOne()
    {
        var used = TimeSpan.FromMilliseconds(150);
        var deadline = TimeSpan.FromSeconds(2);
        Chain(used);

        var seen = await ReachingTheLastAsync(() => CallAsync(deadline));

        Assert.Equal(DeadlineExceeded, seen.GetProperty("code").GetInt32());
        Assert.InRange(_told["grpc-v1"], TimeSpan.FromMilliseconds(1), deadline);
        Assert.InRange(_told["grpc-v2"], TimeSpan.FromMilliseconds(1), _told["grpc-v1"] - used);
        await _cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Deadline_ThatTheMeshWasToldOf_IsAnsweredByIt_ThroughTheChain()
    {
        Chain(TimeSpan.Zero);

        // The client itself would wait for long: what ends the call is the mesh.
        var seen = await ReachingTheLastAsync(() => CallAsync(Patience, """{ "x-mesh-timeout-ms": "700" }"""));

        Assert.Equal(DeadlineExceeded, seen.GetProperty("code").GetInt32());
        Assert.Contains("grpc-v1 did not answer in time (UT)", seen.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.InRange(_told["grpc-v2"], TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(700));
        await _cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Answer_WithinTheDeadline_ComesThroughTheChain()
    {
        mesh.Backends["grpc-v1"].Before = async context =>
        {
            await CallNextAsync(context);
            return false;
        };

        var seen = await CallAsync(Patience);

        Assert.Equal(0, seen.GetProperty("code").GetInt32());
        Assert.Equal(0, _answers["grpc-v2"]);
    }

    // A deadline goes by the real clock: on a slow machine it may end before the chain is built, and then there is nothing to see.
    private Task<JsonElement> ReachingTheLastAsync(Func<Task<JsonElement>> call) => Eventually.GetAsync(call, _ => _told.ContainsKey("grpc-v2"));

    private async Task<JsonElement> CallAsync(TimeSpan deadline, string headers = "{}") => JsonDocument.Parse(await NodeScript.RunAsync(
        "proxy/grpc.js",
        mesh.Caller.Url(ListenerSide.Outbound).Authority,
        "grpc-v1.mesh",
        "within",
        $$"""{ "millis": {{deadline.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}}, "headers": {{headers}} }""")).RootElement;

    // The first takes its time and calls the second; neither ever answers.
    private void Chain(TimeSpan used)
    {
        mesh.Backends["grpc-v1"].Before = async context =>
        {
            Note("grpc-v1", context);
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            SpinWait.SpinUntil(() => System.Diagnostics.Stopwatch.GetElapsedTime(start) > used);
            await CallNextAsync(context);
            // The call it made ends before its own: an app that answered now would race the mesh.
            await AbortedAsync(context);
            return true;
        };
        mesh.Backends["grpc-v2"].Before = async context =>
        {
            Note("grpc-v2", context);
            await AbortedAsync(context);
            _cancelled.TrySetResult();
            return true;
        };
    }

    private static async Task AbortedAsync(HttpContext context)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var told = context.RequestAborted.Register(() => aborted.TrySetResult());
        await aborted.Task.WaitAsync(Patience);
    }

    private void Note(string hop, HttpContext context)
    {
        string said = context.Request.Headers["grpc-timeout"].ToString();
        Assert.EndsWith("m", said, StringComparison.Ordinal);
        _told[hop] = TimeSpan.FromMilliseconds(int.Parse(said[..^1], CultureInfo.InvariantCulture));
    }

    private async Task CallNextAsync(HttpContext context)
    {
        using var client = new MeshClient(mesh.Sidecars["grpc-v1"].Url(ListenerSide.Outbound));
        var answer = await client.CallAsync("grpc-v2", "shop.v1.Echo/Say", ("traceparent", context.Request.Headers.TraceParent.ToString()));
        _answers["grpc-v2"] = answer.GrpcStatus;
    }
}

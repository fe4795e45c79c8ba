using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Export;

public sealed class ExportAtTheEndTests
{
    [Fact]
    public async Task Export_OnItsWayWhenTheSidecarStops_IsNotSentAgain()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var answering = new TaskCompletionSource();
        rig.Sink.Answering = answering.Task;
        await client.GetStringAsync("/");
        await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client);

        // The collector has it and does not say so: to the last, the sidecar knows only that it was sent.
        await caller.StopAsync();

        Assert.Single(await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client));
        Assert.Equal(1, caller.Counters.SpansDropped(DropReason.Stopped));
        answering.SetResult();
    }
}

using System.Globalization;
using MeshInsight.Cli.Demo;
using MeshInsight.Cli.Platform;

namespace MeshInsight.Cli.Views;

/// <summary>One line per event, and one every ten seconds with the numbers: for logs and machines.</summary>
internal sealed class PlainView : IDemoView
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly DemoState _state;
    private readonly TextWriter _output;
    private readonly TimeProvider _clock;

    public PlainView(DemoState state, TextWriter output, TimeProvider clock)
    {
        _state = state;
        _output = output;
        _clock = clock;
        state.Happened = happened => Print(happened.At, happened.Kind, happened.Text);
        state.Progress.Changed = component => Print(clock.GetLocalNow(), "start", Describe(component));
    }

    public async Task ShowAsync(CancellationToken ended)
    {
        using var ticks = new PeriodicTimer(s_pause, _clock);
        try
        {
            while (await ticks.WaitForNextTickAsync(ended))
            {
                if (_state.LoadTotal.Sent > 0)
                {
                    Print(_clock.GetLocalNow(), "load", Numbers());
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return;
        }
    }

    private static string Describe(StartProgress.Component component) =>
        string.Create(CultureInfo.InvariantCulture, $"{component.Name} {component.Phase.ToString().ToLowerInvariant()} at {component.At.TotalSeconds:0.0} s");

    private string Numbers()
    {
        var second = _state.LoadSecond;
        var total = _state.LoadTotal;
        var versions = _state.Nodes.Where(node => node.Service == "checkout")
            .Select(node => string.Create(CultureInfo.InvariantCulture, $"; checkout {node.Version} {node.Red.RequestsPerSecond:0.0}/s, {Share(node.Red.ErrorShare)} failed, p99 {node.Red.P99Millis:0} ms"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{second.Sent}/s, p99 {second.P99Millis:0} ms; in all {total.Sent} sent, {total.FailedByApp} failed by the shop, {total.FailedByMesh} by the mesh{Causes(total)}{string.Concat(versions)}");
    }

    private static string Causes(LoadLine total) => total.FailedByMesh == 0 ? "" : $" ({string.Join(", ", total.MeshCauses.Select(cause => $"{cause.Key}: {cause.Value}"))})";

    private static string Share(double share) => double.IsNaN(share) ? "0 %" : string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");

    private void Print(DateTimeOffset at, string kind, string text)
    {
        lock (_lock)
        {
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.f} {kind,-8} {text}"));
            _output.Flush();
        }
    }
}

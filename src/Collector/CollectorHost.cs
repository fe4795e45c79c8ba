using MeshInsight.Collector.Hosting;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Report;
using MeshInsight.Collector.Store;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Collector;

/// <summary>
/// The parts, wired and running. It starts with its doors open, whether ClickHouse and the control plane answer or not, and stops from the front: doors, queue,
/// traces, windows, store, so that everything acknowledged is stored or on disk when it has ended.
/// </summary>
internal sealed class CollectorHost : IAsyncDisposable
{
    private const int MergeLanes = 2;

    /// <summary>ClickHouse answers an insert within this time or is away.</summary>
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(15);

    /// <summary>At the program's end the control plane is given so long to acknowledge the last windows.</summary>
    private static readonly TimeSpan s_lastReport = TimeSpan.FromSeconds(1);

    private readonly CollectorOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ClickHouseClient _clickHouse;
    private readonly ReceiveQueue _queue;
    private readonly BatchMerger<LogBatch> _logs;
    private readonly BatchMerger<MetricBatch> _metrics;
    private readonly StoreSender _sender;
    private readonly FindingFeed _feed;
    private readonly CollectorPipeline _pipeline;
    private readonly OtlpReceiver _receiver;
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource _stopFeed = new();
    private readonly List<Listener> _listeners = [];
    private readonly TimeProvider _clock;
    private Task _running = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private Task _feeding = Task.CompletedTask;

    /// <exception cref="IOException">The spool's folder cannot be used.</exception>
    public CollectorHost(CollectorOptions options, ILoggerFactory loggers, TimeProvider clock)
    {
        _options = options;
        _loggers = loggers;
        _clock = clock;
        _clickHouse = new(options.ClickHouse) { AnswerTimeout = s_answerTimeout };
        _queue = new(options.Receive.QueueBytes, Meters);
        _logs = new(MergeLanes, options.Receive.MergeBytes);
        _metrics = new(MergeLanes, options.Receive.MergeBytes);
        var spool = new Spool(options.Store.SpoolDirectory, options.Store.MaxSpoolBytes, Meters);
        _sender = new(options.Store, _clickHouse, spool, Meters, clock, loggers.CreateLogger<StoreSender>());
        _feed = new(options.Report, Meters, clock, new Random(), loggers.CreateLogger<FindingFeed>());
        _pipeline = new(options, _queue, _logs, _metrics, _sender, _feed, Meters, clock);
        _receiver = new(options.Receive, _queue, _logs, _metrics, Meters);
    }

    public CollectorMeters Meters { get; } = new();

    public Uri GrpcAddress => _listeners[0].Address;

    public Uri HttpAddress => _listeners[1].Address;

    public Uri AdminAddress => _listeners[2].Address;

    /// <exception cref="PortTakenException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var http = new OtlpHttpDoor(_receiver);
        await ListenAsync(new("otlp-grpc", _options.Bind, _options.GrpcPort, CollectorOptions.GrpcPortVariable, HttpProtocols.Http2), app => OtlpGrpcDoor.Map(app, _receiver), cancel);
        await ListenAsync(new("otlp-http", _options.Bind, _options.HttpPort, CollectorOptions.HttpPortVariable, HttpProtocols.Http1), app => app.Run(http.HandleAsync), cancel);
        await ListenAsync(
            new("admin", _options.Bind, _options.AdminPort, CollectorOptions.AdminPortVariable, HttpProtocols.Http1), app => AdminDoor.Map(app, Meters, () => _sender.AwayBecause), cancel);
        _running = Task.Run(_pipeline.RunAsync, CancellationToken.None);
        _sending = Task.Run(() => _sender.RunAsync(_hurry.Token), CancellationToken.None);
        _feeding = Task.Run(() => _feed.RunAsync(_stopFeed.Token), CancellationToken.None);
    }

    /// <summary>A line for each bound port, for whoever started the program with port 0.</summary>
    public IEnumerable<string> ListeningLines => _listeners.Select(l => $"listening {l.Name} {l.Address.GetLeftPart(UriPartial.Authority)}");

    /// <summary>Ends when a part that must run for ever ended by itself: a defect that must not go unseen.</summary>
    public Task BrokenAsync() => Task.WhenAny(_running, _sending, _feeding).Unwrap();

    public async Task StopAsync()
    {
        using var patience = new CancellationTokenSource(_options.Store.ShutdownPatience, _clock);
        foreach (var listener in _listeners)
        {
            await listener.StopAsync(patience.Token);
        }

        _queue.Close();
        _logs.Close();
        _metrics.Close();
        await _running;
        _sender.Complete();
        await using (patience.Token.Register(() => _hurry.Cancel()))
        {
            await _sending;
        }

        if (Meters[MeterTable.ControlConnected].Value == 1)
        {
            await Task.WhenAny(_feed.AcknowledgedAsync(), Task.Delay(s_lastReport, _clock));
        }

        await _stopFeed.CancelAsync();
        await _feeding;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        _clickHouse.Dispose();
        _hurry.Dispose();
        _stopFeed.Dispose();
    }

    private async Task ListenAsync(ListenerConfig config, Action<WebApplication> map, CancellationToken cancel) =>
        _listeners.Add(await Listener.StartAsync(config, _loggers, map, cancel));
}

using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Findings.V1;
using MeshInsight.Grpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Collector.Tests;

/// <summary>A control plane that speaks real gRPC and remembers what it was told.</summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<CollectorReport> _reports = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly StrongBox<int> _handshakes;

    private FakeControlPlane(WebApplication app, StrongBox<int> handshakes) => (_app, _handshakes) = (app, handshakes);

    /// <summary>TLS connections that were begun.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes.Value);

    public Uri Url { get; private set; } = null!;

    public IReadOnlyList<CollectorReport> Reports => [.. _reports];

    /// <summary>Whether reports are acknowledged.</summary>
    public bool Acknowledges { get; set; } = true;

    public static async Task<FakeControlPlane> StartAsync(int port = 0, string? token = null, X509Certificate2? certificate = null)
    {
        var handshakes = new StrongBox<int>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                listen.UseHttps(tls => tls.ServerCertificateSelector = (_, _) =>
                {
                    Interlocked.Increment(ref handshakes.Value);
                    return certificate;
                });
            }
        }));
        var plane = new FakeControlPlane(builder.Build(), handshakes);
        var options = new GrpcServiceOptions { Token = token is null ? null : new BearerToken(token) };
        plane._app.MapGrpcBidi<CollectorReport, ReportAck>("/meshinsight.findings.v1.FindingFeed/Report", CollectorReport.Parser, plane.ReportAsync, options);
        await plane._app.StartAsync();
        plane.Url = new(plane._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return plane;
    }

    /// <summary>Waits until the reports so far satisfy <paramref name="seen"/>.</summary>
    public async Task WaitAsync(Func<IReadOnlyList<CollectorReport>, bool> seen)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var arrived = Volatile.Read(ref _arrived).Task;
            if (seen(Reports))
            {
                return;
            }

            await arrived.WaitAsync(patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ReportAsync(GrpcRequestReader<CollectorReport> requests, GrpcResponseWriter<ReportAck> responses, GrpcServerCall call)
    {
        while (await requests.ReadAsync() is { } report)
        {
            _reports.Enqueue(report);
            Interlocked.Exchange(ref _arrived, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            if (Acknowledges)
            {
                await responses.WriteAsync(new ReportAck { Sequence = report.Sequence });
            }
        }
    }
}

using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Api;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Durable;
using MeshInsight.ControlPlane.Findings;
using MeshInsight.ControlPlane.History;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.ControlPlane.Limits;
using MeshInsight.ControlPlane.Loop;
using MeshInsight.ControlPlane.Publish;
using MeshInsight.ControlPlane.Registry;
using MeshInsight.ControlPlane.Shift;
using MeshInsight.Grpc.Server;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Records;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using System.Security.Authentication;

namespace MeshInsight.ControlPlane;

/// <summary>The parts put together: two listeners (REST on HTTP/1.1, gRPC on clear-text HTTP/2), background services, endpoints.</summary>
internal static class ControlPlaneHost
{
    /// <summary>Builds the program; nothing listens before it is started.</summary>
    /// <exception cref="IOException">The data directory or the token file cannot be used.</exception>
    /// <exception cref="InvalidDataException">The certificate authority's files cannot be used.</exception>
    public static WebApplication Build(ControlPlaneOptions options, TimeProvider clock, Action<ILoggingBuilder>? logging = null)
    {
        Directory.CreateDirectory(options.DataDirectory);
        TokenFile.EnsureExists(options.TokenPath);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        logging?.Invoke(builder.Logging);
        builder.Services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions));
        builder.Services.AddProblemDetails();
        var key = new ServerKey(options.DataDirectory);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, options, key, clock));
        builder.Services.AddSingleton(key);
        AddParts(builder.Services, options, clock);
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        MapEndpoints(app, options, clock);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ControlPlaneOptions options, ServerKey key, TimeProvider clock)
    {
        kestrel.AddServerHeader = false;
        // A sidecar's stream is open for days and says a few bytes a second.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Listen(options.Bind, options.ApiPort, listen => listen.Protocols = HttpProtocols.Http1);
        if (options.GrpcPort is { } clear)
        {
            kestrel.Listen(options.Bind, clear, listen => listen.Protocols = HttpProtocols.Http2);
        }

        if (options.GrpcTlsPort is { } secured)
        {
            var certificate = key.Certificate(BearerToken.ReadFile(options.TokenPath), clock.GetUtcNow());
            kestrel.Listen(options.Bind, secured, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(certificate, tls => tls.SslProtocols = SslProtocols.Tls13);
            });
        }
    }

    private static void AddParts(IServiceCollection services, ControlPlaneOptions options, TimeProvider clock)
    {
        services.AddSingleton(clock);
        services.AddSingleton(new ResourceCatalog(options.DataDirectory));
        services.AddSingleton(new InstanceRegistry(options.DataDirectory, options.Lease, options.RestartGrace, clock));
        services.AddSingleton(provider => new LimitLedger(provider.GetRequiredService<ResourceCatalog>(), new GrantJournal(options.DataDirectory, clock, provider.GetRequiredService<ILogger<GrantJournal>>()), clock));
        services.AddSingleton<EventHub>();
        services.AddSingleton(provider => new SnapshotPublisher(
            provider.GetRequiredService<ResourceCatalog>(),
            provider.GetRequiredService<InstanceRegistry>(),
            options.DataDirectory,
            options.RestartGrace,
            clock,
            provider.GetRequiredService<ILogger<SnapshotPublisher>>(),
            () => provider.GetRequiredService<CertificateAuthority>().Trust,
            WhyKey.Hash(WhyKey.Of(BearerToken.ReadFile(options.TokenPath))),
            provider.GetRequiredService<JwksFiles>().Resolve));
        services.AddSingleton(provider => new JwksFiles(options.JwksDirectory, provider.GetRequiredService<ResourceCatalog>(), clock, provider.GetRequiredService<ILogger<JwksFiles>>()));
        services.AddHostedService(provider => provider.GetRequiredService<JwksFiles>());
        AddIdentity(services, options, clock);
        if (options.ResourcesDirectory is { } directory)
        {
            services.AddHostedService(provider => new DirectoryWatcher(
                directory, provider.GetRequiredService<ResourceCatalog>(), clock, provider.GetRequiredService<ILogger<DirectoryWatcher>>()));
        }

        AddLoop(services, options);
        services.AddHostedService(provider => provider.GetRequiredService<SnapshotPublisher>());
        services.AddHostedService<LeaseKeeper>();
    }

    private static void AddIdentity(IServiceCollection services, ControlPlaneOptions options, TimeProvider clock)
    {
        string data = options.DataDirectory;
        IAuthoritySource source = options.ExternalAuthority is { } files ? new ExternalAuthority(files) : new OwnAuthority(data, options.TrustDomain, options.CertificateLife, clock);
        services.AddSingleton(new CertificateAuthority(source, options.TrustDomain, options.CertificateLife, clock));
        services.AddSingleton(new JoinTokens(data, clock));
        services.AddSingleton(new AccessTokens(data, clock));
        services.AddHostedService<AuthorityKeeper>();
    }

    private static void AddLoop(IServiceCollection services, ControlPlaneOptions options)
    {
        string data = options.DataDirectory;
        services.AddSingleton<CollectorInbox>();
        services.AddSingleton(_ => new IncidentBook(data));
        services.AddSingleton(_ => new DecisionBook(data));
        services.AddSingleton(_ => new EvidenceFiles(data));
        services.AddSingleton(provider => new TrafficShifter(data, provider.GetRequiredService<SnapshotPublisher>(), provider.GetRequiredService<DecisionBook>()));
        services.AddSingleton<RolloutDesk>();
        services.AddSingleton<RemediationDesk>();
        services.AddSingleton<ControlLoop>();
        services.AddSingleton(provider => new LoopService(provider.GetRequiredService<ControlLoop>().Turn, provider.GetRequiredService<ILogger<LoopService>>()));
        services.AddHostedService(provider => provider.GetRequiredService<LoopService>());
        if (options.ClickHouse is { } clickHouse)
        {
            services.AddSingleton(new ClickHouseClient(clickHouse));
            services.AddSingleton<HistoryWriter>();
            services.AddHostedService(provider => provider.GetRequiredService<HistoryWriter>());
        }
    }

    private static void MapEndpoints(WebApplication app, ControlPlaneOptions options, TimeProvider clock)
    {
        var token = BearerToken.FromFile(options.TokenPath);
        var filter = new TokenFilter(token);
        var catalog = app.Services.GetRequiredService<ResourceCatalog>();
        var registry = app.Services.GetRequiredService<InstanceRegistry>();
        var publisher = app.Services.GetRequiredService<SnapshotPublisher>();
        var hub = app.Services.GetRequiredService<EventHub>();
        var stopping = app.Lifetime.ApplicationStopping;

        var api = app.MapGroup("/api/v1");
        var inbox = app.Services.GetRequiredService<CollectorInbox>();
        var decisions = app.Services.GetRequiredService<DecisionBook>();
        var loop = app.Services.GetRequiredService<ControlLoop>();
        var jwks = app.Services.GetRequiredService<JwksFiles>();
        new MeshEndpoints(catalog, jwks, registry, publisher, () => inbox.LiveCollectors, () => app.Services.GetService<HistoryWriter>()?.Dropped ?? 0, clock.GetUtcNow()).Map(api);
        new ResourceEndpoints(catalog, filter).Map(api);
        var authority = app.Services.GetRequiredService<CertificateAuthority>();
        var joinTokens = app.Services.GetRequiredService<JoinTokens>();
        authority.TrustChanged += publisher.MarkDirty;
        jwks.Changed += publisher.MarkDirty;
        new IdentityEndpoints(authority, joinTokens, app.Services.GetRequiredService<ServerKey>(), filter).Map(api);
        var desk = app.Services.GetRequiredService<RolloutDesk>();
        new LoopEndpoints(desk, app.Services.GetRequiredService<IncidentBook>(), decisions, filter, loop.Command, loop.Undo).Map(api);
        api.MapGet("/events", context => EventEndpoint.StreamAsync(context, hub, clock, stopping));
        Connect(app, hub, loop, inbox, decisions);
        publisher.Published += snapshot => hub.Publish("snapshot", new SnapshotAnswerEvent(publisher.Epoch, snapshot.Version, snapshot.At));

        app.MapGet("/openapi.json", OpenApiDocument.Write);
        app.MapGet("/healthz", () => "ok");
        app.MapGet("/readyz", () => publisher.Newest is null
            ? Results.Text("no snapshot is published yet", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ok"));

        var grpc = new GrpcServiceOptions { Token = token, MaxReceiveBytes = 16 << 20, Clock = clock };
        var access = app.Services.GetRequiredService<AccessTokens>();
        var callers = new CallerCheck(token, access);
        new MeshControlService(registry, publisher, callers, clock, app.Services.GetRequiredService<ILogger<ProxySession>>(), stopping)
            .Map(app, grpc with { Token = null });
        new MeshLimitsService(app.Services.GetRequiredService<LimitLedger>(), callers).Map(app, new GrpcServiceOptions { MaxReceiveBytes = 1 << 20, Clock = clock });
        new MeshIdentityService(authority, joinTokens, access, token, app.Services.GetRequiredService<ILogger<MeshIdentityService>>())
            .Map(app, new GrpcServiceOptions { MaxReceiveBytes = 64 << 10, Clock = clock });
        new FindingFeedService(inbox, app.Services.GetRequiredService<ILogger<FindingFeedService>>(), stopping).Map(app, grpc);
        app.MapGrpcUnimplemented();
    }

    private static void Connect(WebApplication app, EventHub hub, ControlLoop loop, CollectorInbox inbox, DecisionBook decisions)
    {
        var service = app.Services.GetRequiredService<LoopService>();
        inbox.Arrived += service.Wake;
        app.Services.GetRequiredService<ResourceCatalog>().Changed += (_, _, _) => service.Wake();
        app.Services.GetRequiredService<InstanceRegistry>().Changed += service.Wake;
        loop.IncidentChanged += incident => hub.Publish("incident", incident);
        loop.RolloutChanged += rollout => hub.Publish("rollout", rollout);
        decisions.Written += decision => hub.Publish("decision", decision);
        if (app.Services.GetService<HistoryWriter>() is { } history)
        {
            KeepHistory(app, history, loop, decisions);
        }
    }

    private static void KeepHistory(WebApplication app, HistoryWriter history, ControlLoop loop, DecisionBook decisions)
    {
        loop.IncidentChanged += history.Add;
        decisions.Written += history.Add;
        var publisher = app.Services.GetRequiredService<SnapshotPublisher>();
        string by = RolloutMove.ByMesh;
        app.Services.GetRequiredService<ResourceCatalog>().Changed += (_, _, how) => by = how == "directory" ? RolloutMove.ByMesh : RolloutMove.ByPerson;
        var before = publisher.Newest?.Config ?? MeshSnapshot.Empty;
        publisher.Published += snapshot =>
        {
            history.Add(new Revision(
                publisher.Epoch, snapshot.Version, snapshot.At, by, SnapshotDiff.Describe(before, snapshot.Config), Json.Write(snapshot.Config)));
            before = snapshot.Config;
            by = RolloutMove.ByMesh;
        };
    }
}

using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Settings;

namespace MeshInsight.Proxy.Tcp;

/// <summary>Connections to an app that speaks no HTTP: who may connect is asked once, then bytes pass.</summary>
internal sealed class InboundTcp(ProxyOptions options, CurrentRoutes routes, CurrentPolicy policy, EndpointDialer dialer, TcpPath path) : IByteHandler
{
    private readonly string _app = options.AppUrl?.Authority ?? "";

    // Where versions are told apart callers know the instance by this.
    private readonly string _cluster = $"{options.Service}/{options.Version}";

    public bool TakesPlain => policy.Policy.Mode != TlsMode.Strict;

    public Task RunAsync(ByteConnection connection) => path.RunAsync(connection, isInbound: true, record => ServeAsync(connection, record));

    private async Task ServeAsync(ByteConnection client, TcpRecord record)
    {
        record.RouteName = options.Service;
        var decision = policy.Policy.Decide(client.Peer, client.Remote?.Address);
        record.PolicyNote = decision.Note;
        if (!decision.IsAllowed)
        {
            TcpPath.Refuse(record, ResponseFlags.Denied, decision.Refusal);
            return;
        }

        // The service's own words: an end that gave up before the callers' would end what they keep.
        var clusters = routes.Table.Clusters;
        var tcp = (clusters.Find(options.Service) ?? clusters.Find(_cluster))?.Config.Policy.Tcp ?? TcpConfig.Default;
        record.Attempts = 1;
        record.Address = _app;
        var (app, _, problem) = await dialer.DialAsync(_app, tcp.ConnectTimeout, path.Stopping);
        if (app is null)
        {
            record.TransportFailure = problem;
            TcpPath.Refuse(record, ResponseFlags.UpstreamConnectFailure, "the app does not accept the connection");
            return;
        }

        await using (app)
        {
            await path.RelayAsync(record, client, app, tcp.IdleTimeout);
        }
    }
}

using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Classify;
using MeshInsight.Proxy.Explain;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;
using MeshInsight.Proxy.Settings;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Http;

/// <summary>From other sidecars to the app. No retries and no timeouts here: the caller's sidecar owns them, and two owners would multiply.</summary>
/// <param name="app">Null for an app that is called by its URL.</param>
internal sealed class InboundPath(
    ProxyOptions options,
    CurrentRoutes routes,
    CurrentPolicy policy,
    Classifier classifier,
    CurrentLimits limits,
    CurrentOverload overload,
    UpstreamForwarder forwarder,
    IInProcessApp? app,
    RequestObserver observer,
    Func<bool> takesTls,
    TimeProvider time)
{
    // Names come from other programs; longer ones are cut so that labels stay small.
    private const int MaxNameLength = 128;

    private readonly string _prefix = options.AppUrl?.GetLeftPart(UriPartial.Authority) ?? "";
    private readonly string _address = options.AppUrl?.Authority ?? "";
    private readonly bool _prefersHttp2 = options.Protocol is ClusterProtocol.Http2 or ClusterProtocol.Grpc;

    public async Task RunAsync(HttpContext context)
    {
        var exchange = observer.BeginInbound(context);
        try
        {
            Match(exchange);
            // Limits come after policies: who may not call takes nothing from those who may.
            if (await AuthorizeAsync(exchange) && await AdmitAsync(exchange))
            {
                var gate = overload.Gate;
                long asked = gate is null || exchange.Why is null ? 0 : time.GetTimestamp();
                var place = gate is null ? default : await gate.EnterAsync(exchange.Priority, exchange.TimeLeft ?? TimeSpan.MaxValue, context.RequestAborted);
                if (asked != 0)
                {
                    exchange.Why!.Add("admission", AdmissionWords.Of(place.Answer, exchange.Priority, time.GetElapsedTime(asked), gate!.Report()));
                }

                if (place.Answer != AdmissionAnswer.Admitted)
                {
                    await ShedAsync(exchange, place.Answer);
                }
                else if (app is not null)
                {
                    await HandOverAsync(exchange, app, gate, place.At);
                }
                else
                {
                    var call = Begin(exchange, gate, place.At);
                    try
                    {
                        Settle(exchange, call, await SendAsync(exchange, call));
                    }
                    finally
                    {
                        gate?.Exit(call.IsHeadReported);
                    }

                    await FailedTry.AnswerAsync(exchange, call.Attempt, "the app");
                    forwarder.Return(call);
                }
            }
        }
        finally
        {
            observer.End(exchange);
        }

        observer.Release(exchange);
    }

    // Only to name what is called: everything inbound goes to the app.
    private void Match(Exchange exchange)
    {
        var request = exchange.Context.Request;
        var connection = exchange.Context.Features.Get<ListenerSideFeature>();
        var peer = connection?.Peer;
        exchange.RemoteAddress = connection?.RemoteAddress ?? "";
        // What a certificate proves counts more than what a header says.
        string said = request.Headers[MeshHeaders.SourceService].ToString();
        exchange.IsFromSidecar = said.Length > 0;
        string service = peer is { Service.Length: > 0 } ? peer.Service : said;
        exchange.Peer = new(Name(service), Name(request.Headers[MeshHeaders.SourceVersion].ToString()), "");
        exchange.PeerPrincipal = peer?.Text ?? "";
        MeshHeaders.Strip(request.Headers);
        var choice = routes.Table.Match(RequestHead.Of(request, exchange.IsGrpc, options.Service));
        exchange.RouteName = choice.Route?.Config.Name ?? "";
        exchange.RouteTemplate = choice.Template;
        observer.Classify(exchange, classifier.Inbound(request.Headers, IsFromMesh(exchange, peer), choice.Route?.Config.Priority));
    }

    // Where mutual TLS is to be had, who comes without is an outsider; elsewhere sidecars are known by what they say, like all they say.
    private bool IsFromMesh(Exchange exchange, SpiffeId? peer) => peer is not null || (exchange.IsFromSidecar && !takesTls());

    private static SpiffeId? Peer(HttpContext context) => context.Features.Get<ListenerSideFeature>()?.Peer;

    /// <returns>False when the request was answered with a refusal.</returns>
    private async ValueTask<bool> AuthorizeAsync(Exchange exchange)
    {
        var (status, decision) = policy.Policy.Decide(exchange.Context, Peer(exchange.Context), time, exchange.Why?.Adding("policy"));
        exchange.PolicyNote = decision.Note;
        if (status == 0)
        {
            return true;
        }

        await LocalReply.WriteAsync(exchange, status, ResponseFlags.Denied, decision.Refusal + " (UAEX)");
        return false;
    }

    /// <returns>False when the request was answered with a refusal.</returns>
    private ValueTask<bool> AdmitAsync(Exchange exchange) => limits.Limits is { } inForce ? AdmitAsync(exchange, inForce) : new(true);

    private async ValueTask<bool> AdmitAsync(Exchange exchange, InboundLimits inForce)
    {
        var decision = Decide(exchange, inForce, 0);
        while (decision.Pending is { } pending)
        {
            decision = await inForce.WaitAsync(pending, exchange.Context.RequestAborted);
            decision = decision.IsAllowed ? Decide(exchange, inForce, pending.Next) : decision;
        }

        exchange.Why?.Add("limit", LimitWords.Of(inForce, RequestHead.Of(exchange.Context.Request, exchange.IsGrpc, options.Service), decision));

        if (decision.IsAllowed)
        {
            return true;
        }

        // As Envoy: 500 when the limit cannot be asked and is not to be passed without.
        var (status, flag) = decision.Reason == LimitReason.Away
            ? (StatusCodes.Status500InternalServerError, ResponseFlags.RateLimitAway)
            : (StatusCodes.Status429TooManyRequests, ResponseFlags.RateLimited);
        await LocalReply.WriteAsync(exchange, status, flag, $"{LimitText.Of(decision)} ({flag.ToCodes()})", LimitHeaders.Of(decision, time.TimestampFrequency));
        return false;
    }

    private LimitDecision Decide(Exchange exchange, InboundLimits inForce, int from) =>
        inForce.Decide(RequestHead.Of(exchange.Context.Request, exchange.IsGrpc, options.Service), Peer(exchange.Context), exchange.RouteName, from);

    private static Task ShedAsync(Exchange exchange, AdmissionAnswer answer)
    {
        if (answer == AdmissionAnswer.ClientGone)
        {
            exchange.Flags |= ResponseFlags.ClientGone;
            return Task.CompletedTask;
        }

        return LocalReply.WriteAsync(exchange, StatusCodes.Status503ServiceUnavailable, ResponseFlags.Overloaded, ShedText.Of(answer, exchange.Priority));
    }

    private ForwardCall Begin(Exchange exchange, AdmissionGate? gate, long admittedAt)
    {
        var call = forwarder.Begin(exchange, observer.BeginAttempt(exchange, options.Self, _address), Deadline.None);
        (call.Gate, call.AdmittedAt) = (gate, admittedAt);
        return call;
    }

    private ValueTask<ForwarderError> SendAsync(Exchange exchange, ForwardCall call) =>
        forwarder.SendAsync(call, _prefix, UpstreamForwarder.Choose(exchange.Context, exchange.IsGrpc, _prefersHttp2));

    private void Settle(Exchange exchange, ForwardCall call, ForwarderError error)
    {
        call.Settle(error);
        observer.EndAttempt(exchange, call.Attempt);
    }

    private async Task HandOverAsync(Exchange exchange, IInProcessApp app, AdmissionGate? gate, long admittedAt)
    {
        var attempt = observer.BeginAttempt(exchange, options.Self, "");
        try
        {
            await app.AnswerAsync(exchange, attempt);
        }
        finally
        {
            // How an app in this process begins to answer is not seen; its end is.
            gate?.HeadArrived(admittedAt, ForwardCall.TellsLatency(attempt));
            gate?.Exit(hadHead: true);
            observer.EndAttempt(exchange, attempt);
        }
    }

    private static string Name(string text) => text.Length > MaxNameLength ? text[..MaxNameLength] : text;
}

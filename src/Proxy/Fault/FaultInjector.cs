using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Refuse;

namespace MeshInsight.Proxy.Fault;

/// <summary>
/// Before anything is done for a request that goes out: makes it wait, or answers it, where a FaultInjection says so. Nothing upstream takes part, so nothing upstream
/// is counted, ejected or retried for it (docs/decisions/0121).
/// </summary>
internal sealed class FaultInjector(CurrentFaults faults, OutboundRefusal refusal, TimeProvider time, Random random)
{
    // gRPC's status as HTTP (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto), for requests that are not gRPC; by number.
    private static readonly int[] HttpOfGrpc = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

    /// <returns>False when the request was answered, or its client has left.</returns>
    public ValueTask<bool> RunAsync(Exchange exchange, RouteConfig route)
    {
        if (faults.Table is not { } table)
        {
            return new(true);
        }

        var request = exchange.Context.Request;
        if (table.Find(route.Service, RequestHead.Of(request, exchange.IsGrpc)) is not { } fault
            || fault.Draw(request.Headers, random) is not { IsNone: false } plan || !fault.Counts.TryEnter(fault.Config.MaxActive))
        {
            return new(true);
        }

        return InjectAsync(exchange, route, fault, plan);
    }

    private async ValueTask<bool> InjectAsync(Exchange exchange, RouteConfig route, CompiledFault fault, FaultPlan plan)
    {
        try
        {
            if (plan.Delay > TimeSpan.Zero && !await DelayAsync(exchange, route, fault, plan.Delay))
            {
                return false;
            }

            if (!plan.IsAbort)
            {
                return true;
            }

            fault.Counts.CountAbort();
            exchange.Fault = new(fault.Config.Name, MeshAttributes.FaultAbort);
            int status = plan.HttpStatus > 0 ? plan.HttpStatus : HttpOfGrpc[plan.GrpcStatus];
            await refusal.WriteAsync(exchange, status, ResponseFlags.FaultInjected, $"FaultInjection {fault.Config.Name} aborted it (FI)", plan.GrpcStatus);
            return false;
        }
        finally
        {
            fault.Counts.Exit();
        }
    }

    /// <returns>False when the request's time was over first, or its client left.</returns>
    private async ValueTask<bool> DelayAsync(Exchange exchange, RouteConfig route, CompiledFault fault, TimeSpan delay)
    {
        fault.Counts.CountDelay();
        exchange.Injected |= ResponseFlags.DelayInjected;
        exchange.Flags |= ResponseFlags.DelayInjected;
        exchange.Fault = new(fault.Config.Name, MeshAttributes.FaultDelay);
        // The wait is part of the request's time: what is left of that is for the tries.
        LimitTime(exchange, route.Timeout);
        var left = exchange.TimeLeft ?? TimeSpan.MaxValue;
        bool isCut = left <= delay;
        try
        {
            await Task.Delay(!isCut ? delay : left > TimeSpan.Zero ? left : TimeSpan.Zero, time, exchange.Context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            await refusal.WriteAsync(exchange, 0, ResponseFlags.ClientGone, "the client left");
            return false;
        }

        if (isCut)
        {
            exchange.Fault = new(fault.Config.Name, MeshAttributes.FaultTimeout);
            await refusal.WriteAsync(
                exchange, StatusCodes.Status504GatewayTimeout, ResponseFlags.UpstreamTimeout, $"the request's time was over while FaultInjection {fault.Config.Name} delayed it (UT,DI)");
            return false;
        }

        exchange.TriesTimestamp = time.GetTimestamp();
        return true;
    }

    private void LimitTime(Exchange exchange, TimeSpan timeout)
    {
        if (timeout > TimeSpan.Zero)
        {
            long end = exchange.StartTimestamp + (long)(timeout.TotalSeconds * time.TimestampFrequency);
            exchange.DeadlineTimestamp = exchange.DeadlineTimestamp == 0 ? end : Math.Min(end, exchange.DeadlineTimestamp);
        }
    }
}

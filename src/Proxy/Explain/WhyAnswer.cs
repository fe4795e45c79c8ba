using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Explain;

/// <summary>Tells who asked why under which trace the answer will be found.</summary>
internal static class WhyAnswer
{
    public const string TraceHeader = "x-mesh-trace-id";

    // Not by the exchange: an empty response starts after that was given back.
    public static void TellTrace(Exchange exchange) => exchange.Context.Response.OnStarting(
        static state =>
        {
            var (response, trace) = ((HttpResponse, string))state;
            response.Headers[TraceHeader] = trace;
            return Task.CompletedTask;
        },
        (exchange.Context.Response, exchange.Trace.TraceId.ToString()));
}

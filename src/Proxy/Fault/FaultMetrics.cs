using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Fault;

/// <summary>What the fault injections in force have done.</summary>
internal sealed class FaultMetrics(CurrentFaults current) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var faults = current.Table?.All ?? [];
        text.Family(MetricTable.FaultsInjected);
        foreach (var fault in faults)
        {
            text.Sample(MetricTable.FaultsInjected.Name, Labels(fault, new KeyValuePair<string, string>("kind", "delay")), fault.Counts.Delays);
            text.Sample(MetricTable.FaultsInjected.Name, Labels(fault, new KeyValuePair<string, string>("kind", "abort")), fault.Counts.Aborts);
        }

        text.Family(MetricTable.FaultsActive);
        foreach (var fault in faults)
        {
            text.Sample(MetricTable.FaultsActive.Name, Labels(fault), fault.Counts.Active);
        }

        text.Family(MetricTable.FaultsOverflow);
        foreach (var fault in faults)
        {
            text.Sample(MetricTable.FaultsOverflow.Name, Labels(fault), fault.Counts.Overflows);
        }
    }

    private static string Labels(CompiledFault fault, params KeyValuePair<string, string>[] more) => PrometheusText.Labels([new("fault_injection", fault.Config.Name), .. more]);
}

using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Protect;

/// <summary>What was let in and what was shed, while a policy bounds it; the learned limit under Envoy's names.</summary>
internal sealed class OverloadMetrics(CurrentOverload overload) : IMetricPart
{
    public void Render(PrometheusText text)
    {
        var gate = overload.Gate?.Report();
        Single(text, MetricTable.AdmissionActive, gate is not null, gate?.Active ?? 0);
        ByPriority(text, MetricTable.AdmissionWaiting, gate?.Waiting.Select(count => (double)count));
        ByPriority(text, MetricTable.Admitted, gate?.Admitted.Select(count => (double)count));
        text.Family(MetricTable.Refused);
        if (gate is not null)
        {
            foreach (var (answer, reason) in AdmissionAnswers.Refusals)
            {
                foreach (var (name, priority) in PriorityClasses.ByName)
                {
                    text.Sample(MetricTable.Refused.Name, PrometheusText.Labels([new("priority", name), new("reason", reason)]), gate.Refused[priority.Rank(), (int)answer]);
                }
            }
        }

        bool isLearned = gate is { LearnedLimit: > 0 };
        Single(text, MetricTable.ConcurrencyLimit, isLearned, gate?.LearnedLimit ?? 0);
        Single(text, MetricTable.MinRttActive, isLearned, gate is { IsMeasuring: true } ? 1 : 0);
        Single(text, MetricTable.MinRttMillis, isLearned, gate?.MinRtt.TotalMilliseconds ?? 0);
        Single(text, MetricTable.SampleRttMillis, isLearned, gate?.SampleRtt.TotalMilliseconds ?? 0);
    }

    private static void Single(PrometheusText text, MetricInfo info, bool isThere, double value)
    {
        text.Family(info);
        if (isThere)
        {
            text.Sample(info.Name, "", value);
        }
    }

    private static void ByPriority(PrometheusText text, MetricInfo info, IEnumerable<double>? byRank)
    {
        text.Family(info);
        int rank = 0;
        foreach (double value in byRank ?? [])
        {
            text.Sample(info.Name, PrometheusText.Labels([new("priority", ((PriorityClass)(++rank)).Text())]), value);
        }
    }
}

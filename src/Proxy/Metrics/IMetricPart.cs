namespace MeshInsight.Proxy.Metrics;

/// <summary>Families of <c>/metrics</c> that others know the numbers of. Asked with each scrape; must not wait for anything.</summary>
internal interface IMetricPart
{
    void Render(PrometheusText text);
}

using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Health;

/// <summary>
/// The checks of one endpoint. It counts as healthy until checks say otherwise: its own sidecar has said that the app is there, and a
/// policy that is new must not take everybody out at once. One check at a time, so nothing here is shared.
/// </summary>
internal sealed class EndpointCheck(EndpointState endpoint)
{
    private int _good;
    private int _bad;

    /// <summary>Timestamp of the next check.</summary>
    public long Due { get; set; }

    /// <summary>The last round of the checker in which the endpoint was there.</summary>
    public long Round { get; set; }

    public Task Running { get; set; } = Task.CompletedTask;

    public EndpointState Endpoint => endpoint;

    public void Take(bool isGood, HealthCheckConfig config)
    {
        (_good, _bad) = isGood ? (_good + 1, 0) : (0, _bad + 1);
        if (_bad >= config.UnhealthyThreshold)
        {
            endpoint.Health.IsUnhealthy = true;
        }
        else if (_good >= config.HealthyThreshold)
        {
            endpoint.Health.IsUnhealthy = false;
        }
    }
}

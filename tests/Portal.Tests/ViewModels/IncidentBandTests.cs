using MeshInsight.Portal.Tests.Demo;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class IncidentBandTests
{
    [Fact]
    public void Stages_OpenIncident_HaveTheSecondsBetween()
    {
        var mesh = new DemoMesh(new DateTimeOffset(2026, 3, 1, 2, 30, 0, TimeSpan.Zero));
        var stages = IncidentBand.Of(DemoRecords.Incident(mesh, "t"));
        Assert.Equal(["fault", "detected", "cause named", "action", "recovered"], stages.Select(s => s.Name));
        Assert.Equal([null, 3.6, 0.5, 0.7, null], stages.Select(s => s.SincePrevious is { } gap ? Math.Round(gap.TotalSeconds, 3) : (double?)null));
        Assert.Null(stages[^1].At);
    }
}

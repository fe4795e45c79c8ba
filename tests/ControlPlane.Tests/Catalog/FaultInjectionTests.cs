using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public sealed class FaultInjectionTests
{
    private const string Target = "targetRefs: [{ kind: Service, name: checkout }]";

    private static string Fault(string spec, string target = Target, string name = "fault") => $$"""
        apiVersion: meshinsight.io/v1
        kind: FaultInjection
        metadata: { name: {{name}} }
        spec: { {{target}}, {{spec}} }
        """;

    private static (IReadOnlyList<ResourceDocument> Resources, List<ResourceProblem> Problems) Read(string yaml) => Documents.Read(Shop.Services, yaml);

    [Fact]
    public void Read_EveryField_ReachesTheSnapshotAndItsWire()
    {
        var (resources, problems) = Read(
            Fault("from: [{ kind: Service, name: payment }], matches: [{ method: GET }], delay: { fixedDelay: 1m500ms, percentage: 0.25 }, abort: { httpStatus: 503 }, maxActiveFaults: 7", name: "a") + "\n---\n"
            + Fault("delay: { headerDelay: true }, abort: { grpcStatus: UNAVAILABLE, percentage: 50 }", name: "b") + "\n---\n"
            + Fault("abort: { headerAbort: true }", name: "c") + "\n---\n"
            + Fault("abort: { grpcStatus: OK }", name: "d"));
        Assert.Empty(problems);

        var snapshot = SnapshotCompiler.Compile(1, new CatalogState(resources), [], TrafficShares.None);

        Assert.Equal(["a", "b", "c", "d"], snapshot.Faults.Select(f => f.Name));
        Assert.Equal((new FaultDelay(TimeSpan.FromSeconds(60.5), 0.25), new FaultAbort(503, -1, 100), 7), (snapshot.Faults[0].Delay!, snapshot.Faults[0].Abort!, snapshot.Faults[0].MaxActive));
        Assert.True(snapshot.Faults[2].Abort!.IsByHeader);
        var wire = SnapshotWire.Write(snapshot, "e").FaultInjections;
        Assert.Equal(("checkout", "payment", "GET", 60_500, 0.25, 503, 7), (wire[0].Services[0], wire[0].Callers[0], wire[0].Matches[0].Method, wire[0].Delay.FixedMillis, wire[0].Delay.Percentage, wire[0].Abort.HttpStatus, wire[0].MaxActive));
        Assert.Equal((0, 14), (wire[1].Delay.FixedMillis, wire[1].Abort.GrpcStatus));
        Assert.Equal(Wire.FaultAbort.StatusOneofCase.None, wire[2].Abort.StatusCase);
        Assert.Equal(Wire.FaultAbort.StatusOneofCase.GrpcStatus, wire[3].Abort.StatusCase);
    }

    [Theory]
    [InlineData("maxActiveFaults: 1", "spec.delay", "is required; without one nothing is injected")]
    [InlineData("delay: {}", "spec.delay.fixedDelay", "one of the two")]
    [InlineData("delay: { fixedDelay: 1s, headerDelay: true }", "spec.delay.fixedDelay", "one of the two")]
    [InlineData("delay: { fixedDelay: 0s }", "spec.delay.fixedDelay", "longer than 0")]
    [InlineData("delay: { fixedDelay: 1s, percentage: 101 }", "spec.delay.percentage", "from 0 to 100")]
    [InlineData("abort: {}", "spec.abort.httpStatus", "one of the three")]
    [InlineData("abort: { httpStatus: 500, grpcStatus: INTERNAL }", "spec.abort.httpStatus", "one of the three")]
    [InlineData("abort: { httpStatus: 99 }", "spec.abort.httpStatus", "from 200 to 599")]
    [InlineData("abort: { grpcStatus: BROKEN }", "spec.abort.grpcStatus", "is not a known value")]
    [InlineData("abort: { httpStatus: 500 }, maxActiveFaults: 0", "spec.maxActiveFaults", "from 1 to 1000000")]
    [InlineData("abort: { httpStatus: 500 }, from: [{ kind: Service, name: nobody }]", "spec.from", "there is no Service")]
    public void Read_WhatCannotBeMeant_IsRefusedWhereItStands(string spec, string field, string message)
    {
        var problems = Read(Fault(spec)).Problems;

        Assert.Contains(problems, p => p.Field == field && p.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_WithoutATarget_IsRefused() =>
        Assert.Contains(Read(Fault("abort: { httpStatus: 500 }", "targetRefs: []")).Problems, p => p.Field == "spec.targetRefs" && p.Message == "must not be empty.");
}

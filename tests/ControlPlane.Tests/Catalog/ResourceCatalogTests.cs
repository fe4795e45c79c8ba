using MeshInsight.ControlPlane.Catalog;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public sealed class ResourceCatalogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Apply_DanglingReferences_NamesEachAndChangesNothing()
    {
        var catalog = NewCatalog();
        string yaml = $"{Shop.Services}\n---\n{Shop.Rollout.Replace("canary: v2", "canary: v9")}\n---\n{Shop.Route.Replace("name: payment", "name: paymnet")}";

        var answer = catalog.Apply(yaml, dryRun: false);

        Assert.False(answer.IsTaken);
        Assert.Contains(answer.Problems, p => p.Field == "spec.canary" && p.Message.Contains("\"v9\"", StringComparison.Ordinal) && p.Allowed.SequenceEqual(["v1", "v2"]));
        Assert.Contains(answer.Problems, p => p.Field == "spec.rules[1].backendRefs[1].name" && p.Message.Contains("\"paymnet\"", StringComparison.Ordinal) && p.Allowed.Contains("payment"));
        Assert.Empty(catalog.State.Resources);
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData(", port: 80", ", sectionName: http", false)]
    [InlineData(", port: 80", ", port: 81", true)]
    public void Apply_TwoKindsOfRoutesOnOnePort_IsRefused(string httpPort, string grpcPort, bool isTaken)
    {
        string services = Shop.Services.Replace("[{ name: http, port: 80, protocol: HTTP }]", "[{ name: http, port: 80 }, { name: grpc, port: 81 }]");
        string Route(string kind, string port) => $$"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: {{kind}}
            metadata: { name: r }
            spec:
              parentRefs: [{ kind: Service, name: checkout{{port}} }]
              rules: [{ backendRefs: [{ name: checkout }] }]
            """;

        var answer = NewCatalog().Apply(string.Join("\n---\n", services, Route("HTTPRoute", httpPort), Route("GRPCRoute", grpcPort)), dryRun: false);

        Assert.Equal(isTaken, answer.IsTaken);
        Assert.All(answer.Problems, p => Assert.Equal(("HTTPRoute", "spec.parentRefs"), (p.Kind, p.Field)));
    }

    [Fact]
    public void Apply_ParentOfAPortThatIsNotThere_NamesThoseThatAre()
    {
        var answer = NewCatalog().Apply($"{Shop.Services}\n---\n{Shop.Route.Replace("name: checkout, port: 80 }]\n  rules", "name: checkout, sectionName: htp }]\n  rules")}", dryRun: false);

        var problem = Assert.Single(answer.Problems);
        Assert.Equal(("spec.parentRefs[0].sectionName", "http"), (problem.Field, string.Join(' ', problem.Allowed)));
    }

    [Fact]
    public void Apply_SecondRolloutOfAService_IsRefused()
    {
        var catalog = NewCatalog();
        catalog.Apply($"{Shop.Services}\n---\n{Shop.Rollout}", dryRun: false);

        var answer = catalog.Apply(Shop.Rollout.Replace("name: checkout-v2", "name: another"), dryRun: false);

        Assert.Contains("checkout-v2", Assert.Single(answer.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_DryRun_SaysWhatWouldChangeAndChangesNothing()
    {
        var catalog = NewCatalog();

        var answer = catalog.Apply(Shop.Services, dryRun: true);

        Assert.Equal([ResourceChangeKind.Created, ResourceChangeKind.Created], answer.Changes.Select(c => c.Change));
        Assert.Empty(catalog.State.Resources);
    }

    [Fact]
    public void LoadDirectory_OneBadFile_KeepsTheLastGoodSetAlsoOverARestart()
    {
        var catalog = NewCatalog();
        catalog.LoadDirectory(new Dictionary<string, string> { ["shop.yaml"] = Shop.Services });

        var answer = catalog.LoadDirectory(new Dictionary<string, string> { ["shop.yaml"] = Shop.Services + "\n---\n" + Shop.Rollout, ["bad.yaml"] = "kind: Nothing" });

        Assert.False(answer.IsTaken);
        Assert.All(catalog.DirectoryProblems, p => Assert.Equal("bad.yaml", p.File));
        Assert.Equal(2, catalog.State.Resources.Count);
        Assert.Equal(2, NewCatalog().State.Resources.Count);
    }

    [Fact]
    public void Apply_ResourceOfTheDirectory_SaysWhichFileToChange()
    {
        var catalog = NewCatalog();
        catalog.LoadDirectory(new Dictionary<string, string> { ["team/shop.yaml"] = Shop.Services });

        var answer = catalog.Apply(Shop.Services, dryRun: false);

        Assert.All(answer.Problems, p => Assert.Contains("team/shop.yaml", p.Message, StringComparison.Ordinal));
        Assert.Equal(2, answer.Problems.Count);
    }

    [Fact]
    public void Delete_ServiceThatARolloutNeeds_IsRefused()
    {
        var catalog = NewCatalog();
        catalog.Apply($"{Shop.Services}\n---\n{Shop.Rollout}", dryRun: false);

        Assert.False(catalog.Delete("Service", "checkout")!.IsTaken);
        Assert.True(catalog.Delete("Rollout", "checkout-v2")!.IsTaken);
        Assert.True(catalog.Delete("Service", "checkout")!.IsTaken);
        Assert.Null(catalog.Delete("Service", "checkout"));
        Assert.Equal("payment", Assert.Single(NewCatalog().State.Services).Name);
    }

    [Fact]
    public void Apply_SameAgain_IsUnchangedAndRaisesNothing()
    {
        var catalog = NewCatalog();
        catalog.Apply(Shop.Services, dryRun: false);
        int raised = 0;
        catalog.Changed += (_, _, _) => raised++;

        var answer = catalog.Apply(Shop.Services, dryRun: false);

        Assert.All(answer.Changes, c => Assert.Equal(ResourceChangeKind.Unchanged, c.Change));
        Assert.Equal(0, raised);
    }

    private ResourceCatalog NewCatalog() => new(_directory.File("data"));
}

using MeshInsight.Control.V1;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.ControlPlane.Limits;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Limits;

public sealed class MeshLimitsTests
{
    // So slow that no token comes back while a test runs.
    private static string Limit(int burst, string more = "") => $$"""
        apiVersion: meshinsight.io/v1
        kind: RateLimit
        metadata: { name: tenants }
        spec:
          targetRefs: [{ kind: Service, name: checkout }]
          global: { requestsPerSecond: 0.01, burst: {{burst}}, key: [{ type: Header, name: X-Tenant }] {{more}} }
        """;

    private static LeaseAsk Ask(int wanted, string key, string limit = "tenants") => new() { Limit = limit, Wanted = wanted, Key = { key } };

    private static Task<LeaseResponse> LeaseAsync(GrpcChannel channel, string service, params LeaseAsk[] asks) =>
        channel.UnaryAsync(MeshLimitsService.Lease, new LeaseRequest { Service = service, Asks = { asks } }, LeaseResponse.Parser);

    [Fact]
    public async Task Lease_TokensOfEachKey_AreGrantedUpToTheBurstAndWithWhenToComeBack()
    {
        using var directory = new TempDirectory();
        await using var control = await RunningControlPlane.StartAsync(directory);
        await control.ApplyAsync(Shop.Services + "\n---\n" + Limit(10));
        using var channel = control.Channel();

        var first = await LeaseAsync(channel, "checkout", Ask(7, "red"), Ask(20, "blue"), Ask(5, "red"));
        Assert.Equal([7, 10, 3], first.Leases.Select(l => l.Granted));
        var again = await LeaseAsync(channel, "checkout", Ask(1, "red"), Ask(1, "green"));
        Assert.Equal([0, 1], again.Leases.Select(l => l.Granted));
        Assert.InRange(again.Leases[0].RetryAfterMillis, 90_000, 100_000);

        // What else changes in the mesh leaves the buckets as they are; another rate makes new ones.
        await control.ApplyAsync(Limit(10, ", failureMode: Closed"));
        Assert.Equal(0, (await LeaseAsync(channel, "checkout", Ask(1, "red"))).Leases[0].Granted);
        await control.ApplyAsync(Limit(4));
        Assert.Equal(4, (await LeaseAsync(channel, "checkout", Ask(100, "red"))).Leases[0].Granted);
    }

    [Fact]
    public async Task Lease_AfterARestart_GoesOnFromWhatWasLeft()
    {
        using var directory = new TempDirectory();
        await using (var before = await RunningControlPlane.StartAsync(directory))
        {
            await before.ApplyAsync(Shop.Services + "\n---\n" + Limit(10));
            using var first = before.Channel();
            Assert.Equal([10, 4], (await LeaseAsync(first, "checkout", Ask(10, "red"), Ask(4, "blue"))).Leases.Select(l => l.Granted));
        }

        await using var control = await RunningControlPlane.StartAsync(directory);
        using var channel = control.Channel();

        Assert.Equal([0, 6, 10], (await LeaseAsync(channel, "checkout", Ask(10, "red"), Ask(10, "blue"), Ask(10, "green"))).Leases.Select(l => l.Granted));
    }

    [Fact]
    public async Task Lease_OfALimitThatDoesNotHoldForTheService_IsUnknown()
    {
        using var directory = new TempDirectory();
        await using var control = await RunningControlPlane.StartAsync(directory);
        await control.ApplyAsync(Shop.Services + "\n---\n" + Limit(10));
        using var channel = control.Channel();

        Assert.True((await LeaseAsync(channel, "payment", Ask(1, "red"))).Leases[0].Unknown);
        Assert.True((await LeaseAsync(channel, "checkout", Ask(1, "red", "nothing"))).Leases[0].Unknown);
    }

    [Fact]
    public async Task Lease_ByATokenOfAnotherService_IsRefused()
    {
        using var directory = new TempDirectory();
        await using var control = await RunningControlPlane.StartAsync(directory);
        await control.ApplyAsync(Shop.Services + "\n---\n" + Limit(10));
        string access = control.Part<AccessTokens>().Create("checkout", DateTimeOffset.MaxValue);
        using var own = control.Channel(access);
        using var stranger = control.Channel("wrong");

        Assert.Equal(1, (await LeaseAsync(own, "checkout", Ask(1, "red"))).Leases[0].Granted);
        var other = await Assert.ThrowsAsync<GrpcException>(() => LeaseAsync(own, "payment", Ask(1, "red")));
        Assert.Equal(GrpcStatusCode.PermissionDenied, other.Code);
        var nobody = await Assert.ThrowsAsync<GrpcException>(() => LeaseAsync(stranger, "checkout", Ask(1, "red")));
        Assert.Equal(GrpcStatusCode.Unauthenticated, nobody.Code);
    }

    [Theory]
    [InlineData(0, "red")]
    [InlineData(10_001, "red")]
    [InlineData(1, null)]
    public async Task Lease_OfNonsense_IsRefused(int wanted, string? key)
    {
        using var directory = new TempDirectory();
        await using var control = await RunningControlPlane.StartAsync(directory);
        using var channel = control.Channel();

        var refused = await Assert.ThrowsAsync<GrpcException>(() => LeaseAsync(channel, "checkout", Ask(wanted, key ?? new string('x', 300))));

        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
    }
}

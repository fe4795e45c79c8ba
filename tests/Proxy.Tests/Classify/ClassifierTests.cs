using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Classify;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Classify;

public sealed class ClassifierTests
{
    private static readonly PriorityConfig HighByDefault = new(PriorityClass.High, "x-tier", new Dictionary<string, PriorityClass> { ["gold"] = PriorityClass.Critical, ["free"] = PriorityClass.Low });

    private readonly Classifier _classifier = new();

    private static IHeaderDictionary Headers(string? baggage, string? tier = null)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (baggage is not null)
        {
            headers.Baggage = baggage;
        }

        if (tier is not null)
        {
            headers["x-tier"] = tier;
        }

        return headers;
    }

    [Theory]
    [InlineData(null, null, PriorityClass.High)]
    [InlineData(null, "gold", PriorityClass.Critical)]
    [InlineData(null, "silver", PriorityClass.High)]
    [InlineData("mesh.priority=critical", null, PriorityClass.High)]
    [InlineData("mesh.priority=low", null, PriorityClass.Low)]
    [InlineData("mesh.priority=low", "gold", PriorityClass.Low)]
    [InlineData("mesh.priority=urgent", "free", PriorityClass.Low)]
    public void Entry_GoesByItsRoute_AndByTheClientOnlyDownwards(string? baggage, string? tier, PriorityClass expected)
    {
        Assert.Equal(expected, _classifier.Inbound(Headers(baggage, tier), isFromMesh: false, HighByDefault));
        var headers = Headers(baggage, tier);
        Assert.Equal(expected, _classifier.Outbound(headers, PriorityClass.Unset, HighByDefault));
        Assert.Equal($"mesh.priority={expected.Text()}", headers.Baggage.ToString());
    }

    [Theory]
    [InlineData("mesh.priority=critical", PriorityClass.Unset)]
    [InlineData("mesh.priority=medium", PriorityClass.Unset)]
    [InlineData("mesh.priority=low", PriorityClass.Low)]
    public void Entry_ThatSaysNothing_LeavesTheRequestWithoutAClass(string baggage, PriorityClass expected)
    {
        var headers = Headers(baggage);

        Assert.Equal(expected, _classifier.Inbound(headers, isFromMesh: false, null));
        Assert.Equal(expected == PriorityClass.Unset, headers.Baggage.Count == 0);
    }

    [Fact]
    public void Sidecar_OfTheMesh_IsBelieved() =>
        Assert.Equal(PriorityClass.Critical, _classifier.Inbound(Headers("mesh.priority=critical", "free"), isFromMesh: true, HighByDefault));

    [Fact]
    public void App_ThatPassesBaggageOn_KeepsTheClass_AndTheProofGoesNoFurther()
    {
        var request = Headers("user=1,mesh.priority=critical");
        _classifier.Inbound(request, isFromMesh: true, null);
        // As SDKs write it anew: another order, spaces, members of their own.
        string forwarded = string.Join(" , ", request.Baggage.ToString().Split(',').Reverse()) + ", own=2;p=1";

        var call = Headers(forwarded);

        Assert.Equal(PriorityClass.Critical, _classifier.Outbound(call, PriorityClass.Unset, HighByDefault));
        Assert.Equal("user=1,own=2;p=1,mesh.priority=critical", call.Baggage.ToString());
    }

    [Fact]
    public void Proof_OfAnotherClass_OrOfAnotherSidecar_ProvesNothing()
    {
        var low = Headers("mesh.priority=low");
        _classifier.Inbound(low, isFromMesh: true, null);
        var foreign = Headers("mesh.priority=critical");
        new Classifier().Inbound(foreign, isFromMesh: true, null);

        Assert.Equal(PriorityClass.Unset, _classifier.Outbound(Headers(low.Baggage.ToString().Replace("=low", "=critical", StringComparison.Ordinal)), PriorityClass.Unset, null));
        Assert.Equal(PriorityClass.Unset, _classifier.Outbound(Headers(foreign.Baggage.ToString()), PriorityClass.Unset, null));
        Assert.Equal(PriorityClass.Unset, _classifier.Outbound(Headers("mesh.priority=critical,mesh.priority.proof="), PriorityClass.Unset, null));
    }

    [Fact]
    public void Call_ForARequest_HasItsClass_OrALowerOne()
    {
        Assert.Equal(PriorityClass.High, _classifier.Outbound(Headers(null), PriorityClass.High, null));
        Assert.Equal(PriorityClass.High, _classifier.Outbound(Headers("mesh.priority=critical"), PriorityClass.High, null));
        Assert.Equal(PriorityClass.Low, _classifier.Outbound(Headers("mesh.priority=low"), PriorityClass.High, HighByDefault));
    }

    [Fact]
    public void Baggage_OfOthers_StaysAsItIs()
    {
        var headers = Headers("a=%20b;p , mesh.priority = low;x=1 ,, mesh.priorityy=2,mesh.priority=critical");

        Assert.Equal(PriorityClass.Low, _classifier.Outbound(headers, PriorityClass.Unset, null));
        Assert.Equal("a=%20b;p,mesh.priorityy=2,mesh.priority=low", headers.Baggage.ToString().Replace(",,", ",", StringComparison.Ordinal));
    }

    [Fact]
    public void Baggage_OfGarbage_IsRead() => Property.ForAll(500, random =>
    {
        string text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => "=,; a.%"[random.Next(7)])) + (random.Next(2) == 0 ? ",mesh.priority=low" : "");
        var headers = Headers(text);

        bool isLow = _classifier.Outbound(headers, PriorityClass.Unset, null) == PriorityClass.Low;

        Assert.Equal(text.Contains("mesh", StringComparison.Ordinal), isLow);
    });

    [Fact]
    public void Request_WithoutBaggage_AllocatesNothing()
    {
        var headers = Headers(null);
        long Work()
        {
            for (int i = 0; i < 1000; i++)
            {
                headers.Remove("baggage");
                _classifier.Outbound(headers, PriorityClass.High, null);
                _classifier.Outbound(headers, PriorityClass.High, null);
            }

            return GC.GetAllocatedBytesForCurrentThread();
        }

        Work();
        long before = Work();
        long after = Work();

        Assert.Equal(before, after);
    }
}

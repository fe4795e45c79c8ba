namespace MeshInsight.Proxy.Balance;

/// <summary>Draws without regard to load.</summary>
internal static class Uniform
{
    /// <summary>One endpoint, all with the same chance.</summary>
    /// <param name="avoid">Taken only when there is no other.</param>
    public static EndpointState Pick(EndpointState[] endpoints, Random random, EndpointState? avoid)
    {
        int skip = Skip(endpoints, avoid);
        return endpoints[After(random.Next(skip < 0 ? endpoints.Length : endpoints.Length - 1), skip)];
    }

    /// <summary>Two different endpoints; the same twice when there is but one beside the one to avoid.</summary>
    public static (EndpointState One, EndpointState Two) PickTwo(EndpointState[] endpoints, Random random, EndpointState? avoid)
    {
        int skip = Skip(endpoints, avoid);
        int count = skip < 0 ? endpoints.Length : endpoints.Length - 1;
        int one = random.Next(count);
        int two = count == 1 ? one : random.Next(count - 1);
        return (endpoints[After(one, skip)], endpoints[After(count > 1 && two >= one ? two + 1 : two, skip)]);
    }

    // Only retries have one to avoid, so the search is not on the usual path.
    private static int Skip(EndpointState[] endpoints, EndpointState? avoid) =>
        avoid is null || endpoints.Length == 1 ? -1 : Array.IndexOf(endpoints, avoid);

    private static int After(int index, int skip) => skip >= 0 && index >= skip ? index + 1 : index;
}

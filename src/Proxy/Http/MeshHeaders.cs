using MeshInsight.Proxy.Protect;

namespace MeshInsight.Proxy.Http;

/// <summary>Headers that sidecars speak with each other. From anyone else they mean nothing and go no further, save for the time that a request has left.</summary>
internal static class MeshHeaders
{
    public const string SourceService = "x-mesh-source-service";
    public const string SourceVersion = "x-mesh-source-version";
    private const string Prefix = "x-mesh-";

    /// <summary>For requests that leave the mesh: not even the time they have left.</summary>
    public static void StripAll(IHeaderDictionary headers)
    {
        Strip(headers);
        headers.Remove(TimeoutHeaders.Http);
    }

    public static void Strip(IHeaderDictionary headers)
    {
        List<string>? names = null;
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !name.Equals(TimeoutHeaders.Http, StringComparison.OrdinalIgnoreCase))
            {
                (names ??= []).Add(name);
            }
        }

        names?.ForEach(n => headers.Remove(n));
    }
}

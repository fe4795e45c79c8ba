using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>loadBalancer</c> of a TrafficPolicy.</summary>
internal static class LoadBalancerFields
{
    private const int MaxNameLength = 256;

    private static readonly Dictionary<string, BalancerKind> Kinds = new()
    {
        ["peakEwma"] = BalancerKind.PeakEwma,
        ["leastRequest"] = BalancerKind.LeastRequest,
        ["roundRobin"] = BalancerKind.RoundRobin,
        ["weighted"] = BalancerKind.Weighted,
        ["random"] = BalancerKind.Random,
        ["ringHash"] = BalancerKind.RingHash,
        ["maglev"] = BalancerKind.Maglev,
    };

    public static BalancerConfig Read(FieldReader spec)
    {
        if (spec.Map("loadBalancer") is not { } reader)
        {
            return BalancerConfig.PeakEwma;
        }

        var kind = reader.Choice("type", Kinds, BalancerKind.PeakEwma, required: true);
        var hash = reader.Map("hashOn") is { } hashOn ? ReadHash(reader, hashOn) : null;
        bool isHashing = kind is BalancerKind.RingHash or BalancerKind.Maglev;
        if (isHashing && !reader.Has("hashOn"))
        {
            reader.Problem("hashOn", "is required for ringHash and maglev.", "header", "cookie", "source");
        }
        else if (!isHashing && hash is not null)
        {
            reader.Problem("hashOn", "means something for ringHash and maglev only.");
        }

        reader.Finish();
        return new BalancerConfig(kind, hash);
    }

    private static HashConfig? ReadHash(FieldReader balancer, FieldReader reader)
    {
        string header = reader.Text("header");
        var cookie = reader.Map("cookie");
        bool isSource = reader.Flag("source");
        reader.Finish();
        if ((header.Length > 0 ? 1 : 0) + (cookie is null ? 0 : 1) + (isSource ? 1 : 0) != 1)
        {
            balancer.Problem("hashOn", "needs exactly one of these.", "header: x-user", "cookie: { name: session }", "source: true");
            return null;
        }

        return cookie is not null ? ReadCookie(cookie)
            : isSource ? new HashConfig(HashSource.Source, "", TimeSpan.Zero, "")
            : new HashConfig(HashSource.Header, Token(reader, "header", header), TimeSpan.Zero, "");
    }

    private static HashConfig ReadCookie(FieldReader reader)
    {
        string name = Token(reader, "name", reader.Text("name", required: true));
        string path = reader.Text("path", fallback: "/");
        if (!path.StartsWith('/') || path.Any(c => c is ';' or <= ' ' or > '~'))
        {
            reader.Problem("path", $"\"{path}\" must start with \"/\" and be printable ASCII without \";\".");
        }

        var config = new HashConfig(HashSource.Cookie, name, reader.Duration("ttl", TimeSpan.Zero), path);
        reader.Finish();
        return config;
    }

    // RFC 9110 section 5.6.2: what a header or cookie name is made of.
    private static string Token(FieldReader reader, string field, string name)
    {
        if (name.Length > 0 && (name.Length > MaxNameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))))
        {
            reader.Problem(field, $"\"{name}\" is not a name that HTTP allows.");
        }

        return name;
    }
}

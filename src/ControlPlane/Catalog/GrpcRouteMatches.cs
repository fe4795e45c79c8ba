using System.Text.RegularExpressions;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>matches</c> of a GRPCRoute rule. A call of <c>pkg.Service/Method</c> is a POST to <c>/pkg.Service/Method</c>, so matches become paths.</summary>
internal static partial class GrpcRouteMatches
{
    private const int MaxMatches = 64;

    private static readonly Dictionary<string, bool> Kinds = new() { ["Exact"] = false, ["RegularExpression"] = true };

    public static IReadOnlyList<RuleMatch> Read(FieldReader rule) => [.. rule.Maps("matches", MaxMatches).Select(ReadMatch)];

    private static RuleMatch ReadMatch(FieldReader reader)
    {
        var method = reader.Map("method");
        var match = method is null ? new RuleMatch(new(PathMatchKind.Prefix, "/", "", [])) : ReadMethod(method);
        match = match with { Match = match.Match with { Headers = HeaderMatchFields.ReadHeaders(reader) } };
        reader.Finish();
        return match;
    }

    private static RuleMatch ReadMethod(FieldReader reader)
    {
        bool isRegex = reader.Choice("type", Kinds, false);
        string service = reader.Text("service");
        string method = reader.Text("method");
        reader.Finish();
        if (service.Length == 0 && method.Length == 0)
        {
            reader.Problem("service", "service or method must be given; leave the whole field out to match every call.");
        }

        if (isRegex)
        {
            HeaderMatchFields.CheckRegex(reader, "service", service);
            HeaderMatchFields.CheckRegex(reader, "method", method);
        }
        else
        {
            CheckNames(reader, service, method);
        }

        return new(Path(isRegex, service, method), service.Length, method.Length);
    }

    private static RouteMatch Path(bool isRegex, string service, string method) => (isRegex, service, method) switch
    {
        (false, { Length: > 0 }, { Length: > 0 }) => new(PathMatchKind.Exact, $"/{service}/{method}", "", []),
        (false, { Length: > 0 }, _) => new(PathMatchKind.Prefix, $"/{service}", "", []),
        _ => new(PathMatchKind.Regex, $"/{Part(isRegex, service)}/{Part(isRegex, method)}", "", []),
    };

    private static string Part(bool isRegex, string name) => name.Length == 0 ? "[^/]+" : isRegex ? $"(?:{name})" : Regex.Escape(name);

    private static void CheckNames(FieldReader reader, string service, string method)
    {
        if (service.Length > 0 && !ServicePattern().IsMatch(service))
        {
            reader.Problem("service", $"\"{service}\" must be the full name of a service, such as shop.v1.Checkout.");
        }

        if (method.Length > 0 && !MethodPattern().IsMatch(method))
        {
            reader.Problem("method", $"\"{method}\" must be the name of a method, such as PlaceOrder.");
        }
    }

    [GeneratedRegex("^\\.?[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$")]
    private static partial Regex ServicePattern();

    [GeneratedRegex("^[A-Za-z_][A-Za-z_0-9]*$")]
    private static partial Regex MethodPattern();
}

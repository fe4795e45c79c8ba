using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Api;

/// <summary>Error answers, <c>application/problem+json</c> (RFC 9457).</summary>
internal static class ApiProblem
{
    public static IResult NotFound(string kind, string name, IEnumerable<string> known) =>
        Results.Problem($"There is no {kind} \"{name}\". Known: {Listed(known)}.", statusCode: StatusCodes.Status404NotFound, title: "Not found");

    public static IResult Conflict(string detail) =>
        Results.Problem(detail, statusCode: StatusCodes.Status409Conflict, title: "Not possible now");

    public static IResult BadRequest(string detail) =>
        Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest, title: "Bad request");

    public static IResult Unauthorized() => Results.Problem(
        "What changes the mesh needs its token: send it as \"Authorization: Bearer TOKEN\". It is in the file that MESH_TOKEN_FILE names.",
        statusCode: StatusCodes.Status401Unauthorized,
        title: "Token needed");

    public static IResult Resources(IReadOnlyList<ResourceProblem> problems) => Results.Problem(
        $"Nothing was changed: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")} found.",
        statusCode: StatusCodes.Status400BadRequest,
        title: "Resources refused",
        extensions: new Dictionary<string, object?> { ["problems"] = problems });

    private static string Listed(IEnumerable<string> known) => string.Join(", ", known.Take(20)) is { Length: > 0 } text ? text : "none";
}

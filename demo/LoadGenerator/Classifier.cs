using System.Net;

namespace MeshInsight.LoadGenerator;

/// <summary>Tells the mesh's failures from the shop's. The shop signs its errors; an error nobody signed is the mesh's until proven otherwise.</summary>
internal static class Classifier
{
    public const string BlameHeader = "x-shop-failure";
    public const string FlagsHeader = "x-mesh-response-flags";

    private const string ByApp = "app ";

    /// <returns>The outcome, and for a failure a short name of its cause.</returns>
    public static (Outcome Outcome, string Cause) Classify(HttpStatusCode status, string? blame, string? flags)
    {
        if ((int)status < 400)
        {
            return (Outcome.Ok, "");
        }

        if (blame is not null)
        {
            return (blame.StartsWith(ByApp, StringComparison.Ordinal) ? Outcome.FailedByApp : Outcome.FailedByMesh, blame);
        }

        string code = ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return (Outcome.FailedByMesh, string.IsNullOrEmpty(flags) ? "mesh " + code : $"mesh {code} {flags}");
    }

    public static (Outcome Outcome, string Cause) Classify(Exception failure) => failure switch
    {
        HttpRequestException broken => (Outcome.FailedByMesh, "connection " + broken.HttpRequestError),
        OperationCanceledException => (Outcome.FailedByMesh, "timeout"),
        _ => (Outcome.FailedByMesh, failure.GetType().Name),
    };
}

using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>Why a request was shed, for its client and the access log. Made once: under overload most requests may need one.</summary>
internal static class ShedText
{
    private static readonly string[,] Texts = Make();

    public static string Of(AdmissionAnswer answer, PriorityClass priority) => Texts[(int)answer, priority.Rank()];

    private static string[,] Make()
    {
        var texts = new string[Enum.GetValues<AdmissionAnswer>().Length, PriorityClasses.Count];
        foreach (var (name, priority) in PriorityClasses.ByName)
        {
            foreach (var (answer, reason) in AdmissionAnswers.Refusals)
            {
                texts[(int)answer, priority.Rank()] = $"the app has as many requests in flight as it can take; this one, of class {name}, was shed: {reason} (OM)";
            }
        }

        return texts;
    }
}

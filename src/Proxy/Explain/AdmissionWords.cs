using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;

namespace MeshInsight.Proxy.Explain;

/// <summary>Whether the app had room for a request, how long it waited for it, and what the room was like.</summary>
internal static class AdmissionWords
{
    public static string Of(AdmissionAnswer answer, PriorityClass priority, TimeSpan waited, AdmissionReport room)
    {
        string reason = AdmissionAnswers.Refusals.FirstOrDefault(r => r.Answer == answer).Reason;
        string outcome = answer == AdmissionAnswer.Admitted ? "let in" : $"not let in ({reason})";
        string bounds = string.Join(", ", Bounds(room).DefaultIfEmpty("no bound"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{outcome} after {waited.TotalMilliseconds:0.###} ms as {NameOf(priority)}; {room.Active} in flight, {room.Waiting.Sum()} waiting, {bounds}");
    }

    // What has no class is treated as the second lowest.
    private static string NameOf(PriorityClass priority) => PriorityClasses.ByName.FirstOrDefault(p => p.Value == priority).Key ?? "of no class (medium)";

    private static IEnumerable<string> Bounds(AdmissionReport room)
    {
        if (room.MaxRequests > 0)
        {
            yield return $"at most {room.MaxRequests}";
        }

        if (room.LearnedLimit > 0)
        {
            yield return $"learned limit {room.LearnedLimit}{(room.IsMeasuring ? ", halved while the least latency is measured" : "")}";
        }
    }
}

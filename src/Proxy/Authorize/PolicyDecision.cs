namespace MeshInsight.Proxy.Authorize;

/// <summary>What the policies say to one request.</summary>
/// <param name="Refusal">Empty when it may pass; else why not, in words for the caller and the log.</param>
/// <param name="Note">What audits and dry runs have to say; empty when nothing.</param>
internal readonly record struct PolicyDecision(string Refusal, string Note)
{
    public static PolicyDecision Pass { get; } = new("", "");

    public bool IsAllowed => Refusal.Length == 0;
}

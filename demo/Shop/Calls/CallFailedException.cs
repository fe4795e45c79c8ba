namespace MeshInsight.Shop.Calls;

/// <summary>A call to another service failed; carries whose fault it was.</summary>
internal sealed class CallFailedException(string blame) : Exception(blame)
{
    public string Blame => Message;
}

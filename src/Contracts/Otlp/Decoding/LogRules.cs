namespace MeshInsight.Contracts.Otlp.Decoding;

internal static class LogRules
{
    /// <summary>1 (TRACE) to 24 (FATAL4); everything else is unspecified.</summary>
    public static byte Severity(ulong number) => number <= 24 ? (byte)number : (byte)0;
}

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>What one statement read and wrote, as the engine counted it.</summary>
internal readonly record struct EngineStatistics(
    ulong StorageRows, ulong StorageBytes, ulong WrittenRows, ulong WrittenBytes, ulong ResultRows, ulong ResultBytes)
{
    internal static EngineStatistics Of(nint result) => new(
        NativeMethods.StorageRows(result),
        NativeMethods.StorageBytes(result),
        NativeMethods.WrittenRows(result),
        NativeMethods.WrittenBytes(result),
        NativeMethods.ResultRows(result),
        NativeMethods.ResultBytes(result));
}

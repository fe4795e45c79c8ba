using System.Numerics;

namespace MeshInsight.Storage.Native;

/// <summary>
/// Times: <c>DateTime</c> is UInt32 seconds, <c>DateTime64(p)</c> is Int64 units of 10^-p seconds, both since 1970 in UTC whatever zone the type names.
/// </summary>
internal sealed class TimeColumn<T>(string type, long nanosPerUnit) : NumberColumn<T>(type)
    where T : unmanaged, INumber<T>
{
    public override long UnixNanos(int row) => Int(row) * nanosPerUnit;
}

using System.Numerics;

namespace MeshInsight.Storage.Native;

/// <summary>Numbers of fixed width, one after the other, little-endian: UInt8..64, Int8..64, Float32, Float64, Bool (UInt8).</summary>
internal class NumberColumn<T>(string type) : NativeColumn(type)
    where T : unmanaged, INumber<T>
{
    private T[] _values = [];

    public ReadOnlySpan<T> Values => _values;

    public static void Write(NativeWriter writer, ReadOnlySpan<T> values) => writer.WriteNumbers(values);

    public override ValueTask ReadAsync(NativeInput input, int rows, CancellationToken cancel)
    {
        if (_values.Length < rows)
        {
            _values = new T[rows];
        }

        return input.ReadNumbersAsync(_values, rows, cancel);
    }

    public override long Int(int row) => long.CreateTruncating(_values[row]);

    public override double Double(int row) => double.CreateTruncating(_values[row]);
}

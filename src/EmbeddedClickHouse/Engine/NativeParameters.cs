using System.Runtime.InteropServices;
using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>Statement parameters as the engine's C interface wants them: parallel arrays of pointers and lengths. One allocation, freed on dispose.</summary>
internal readonly unsafe ref struct NativeParameters
{
    private readonly byte* _block;

    public NativeParameters(IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        int count = parameters.Count;
        Count = (nuint)count;
        int textBytes = 0;
        foreach (var (name, value) in parameters)
        {
            textBytes = checked(textBytes + Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2);
        }

        _block = (byte*)NativeMemory.AllocZeroed(checked((nuint)((count * 4 * sizeof(nint)) + textBytes + 1)));
        Names = (byte**)_block;
        Values = Names + count;
        NameLengths = (nuint*)(Values + count);
        ValueLengths = NameLengths + count;
        byte* text = (byte*)(ValueLengths + count);
        for (int i = 0; i < count; i++)
        {
            text = Put(parameters[i].Key, text, Names + i, NameLengths + i);
            text = Put(parameters[i].Value, text, Values + i, ValueLengths + i);
        }
    }

    public byte** Names { get; }

    public byte** Values { get; }

    public nuint* NameLengths { get; }

    public nuint* ValueLengths { get; }

    public nuint Count { get; }

    public void Dispose() => NativeMemory.Free(_block);

    private static byte* Put(string value, byte* at, byte** pointer, nuint* length)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, new Span<byte>(at, bytes));
        *pointer = at;
        *length = (nuint)bytes;
        return at + bytes + 1;
    }
}

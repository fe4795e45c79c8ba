using System.Text;

namespace MeshInsight.Storage.Native;

/// <summary><c>String</c>: length (VarUInt), then that many bytes, for each row. Any bytes are allowed; ours are UTF-8.</summary>
internal sealed class TextColumn(string type) : NativeColumn(type)
{
    private string[] _values = [];

    public static void Write(NativeWriter writer, ReadOnlySpan<byte> utf8)
    {
        writer.WriteVarUInt((ulong)utf8.Length);
        writer.WriteBytes(utf8);
    }

    public static void Write(NativeWriter writer, string text)
    {
        int size = Encoding.UTF8.GetByteCount(text);
        writer.WriteVarUInt((ulong)size);
        Encoding.UTF8.GetBytes(text, writer.Reserve(size));
        writer.Advance(size);
    }

    public override async ValueTask ReadAsync(NativeInput input, int rows, CancellationToken cancel)
    {
        if (_values.Length < rows)
        {
            _values = new string[rows];
        }

        for (int row = 0; row < rows; row++)
        {
            if (TryReadBuffered(input, out _values[row]))
            {
                continue;
            }

            _values[row] = await input.ReadTextAsync(cancel);
        }
    }

    public override string Text(int row) => _values[row];

    /// <summary>The usual case, without a state machine: a short text that has arrived.</summary>
    private static bool TryReadBuffered(NativeInput input, out string text)
    {
        var buffered = input.Buffered;
        if (buffered.IsEmpty || buffered[0] >= 0x80 || buffered.Length <= buffered[0])
        {
            text = "";
            return false;
        }

        int length = buffered[0];
        text = length == 0 ? "" : Encoding.UTF8.GetString(buffered.Slice(1, length));
        input.Skip(1 + length);
        return true;
    }
}

using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>A SELECT read chunk by chunk. Each chunk is a whole document of its format, so only formats without header and footer can be joined.</summary>
internal sealed unsafe class RowStream : IDisposable
{
    private readonly EngineConnection _connection;
    private nint _stream;
    private bool _ended;

    private RowStream(EngineConnection connection, nint stream)
    {
        _connection = connection;
        _stream = stream;
    }

    /// <exception cref="EngineException">The statement was refused.</exception>
    public static RowStream Open(EngineConnection connection, ReadOnlySpan<byte> sql, string format, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        byte[] formatName = Encoding.UTF8.GetBytes(format);
        using var native = new NativeParameters(parameters);
        fixed (byte* text = sql, name = formatName)
        {
            nint stream = NativeMethods.StreamQuery(
                connection.Handle, text, (nuint)sql.Length, name, (nuint)formatName.Length, native.Names, native.NameLengths, native.Values, native.ValueLengths, native.Count);
            byte* error = NativeMethods.ResultError(stream);
            if (error is null)
            {
                return new RowStream(connection, stream);
            }

            var failure = EngineException.From(error);
            NativeMethods.DestroyResult(stream);
            throw failure;
        }
    }

    /// <summary>Blocks for the next chunk; null after the last one.</summary>
    /// <exception cref="EngineException">The statement failed on the way.</exception>
    public EngineResult? Read()
    {
        if (_ended)
        {
            return null;
        }

        // Set before the call and cleared after it: a stream that failed is over and is not cancelled again.
        _ended = true;
        var chunk = EngineResult.Take(NativeMethods.StreamFetch(_connection.Handle, _stream));
        if (chunk.LengthBytes == 0)
        {
            chunk.Dispose();
            return null;
        }

        _ended = false;
        return chunk;
    }

    public void Dispose()
    {
        nint stream = Interlocked.Exchange(ref _stream, 0);
        if (stream == 0)
        {
            return;
        }

        if (!_ended)
        {
            NativeMethods.StreamCancel(_connection.Handle, stream);
        }

        NativeMethods.DestroyResult(stream);
    }
}

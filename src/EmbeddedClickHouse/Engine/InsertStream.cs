using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>
/// An INSERT fed with data as it arrives. Data never passes through the SQL parser, so what it contains cannot end it. Disposed before
/// <see cref="Complete"/>, it writes nothing of the block that was open.
/// </summary>
internal sealed unsafe class InsertStream : IDisposable
{
    private nint _stream;

    private InsertStream(nint stream) => _stream = stream;

    /// <param name="connection">Runs nothing else until this is disposed.</param>
    /// <param name="sql">Up to, and without, the FORMAT clause.</param>
    /// <param name="format">The data's format.</param>
    /// <param name="parameters">Values in ClickHouse's escaped text form.</param>
    /// <exception cref="EngineException">The statement was refused.</exception>
    public static InsertStream Open(EngineConnection connection, ReadOnlySpan<byte> sql, string format, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        byte[] formatName = Encoding.UTF8.GetBytes(format);
        using var native = new NativeParameters(parameters);
        fixed (byte* text = sql, name = formatName)
        {
            var stream = new InsertStream(NativeMethods.StreamInsert(
                connection.Handle, text, (nuint)sql.Length, name, (nuint)formatName.Length, native.Names, native.NameLengths, native.Values, native.ValueLengths, native.Count));
            if (stream.TryTakeError() is { } failure)
            {
                stream.Dispose();
                throw failure;
            }

            return stream;
        }
    }

    /// <summary>Blocks until the engine took the bytes; rows may be split anywhere.</summary>
    /// <exception cref="EngineException">The data or the table is wrong.</exception>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        fixed (byte* bytes = data)
        {
            if (NativeMethods.StreamAppend(_stream, bytes, (nuint)data.Length) == 0)
            {
                return;
            }
        }

        if (TryTakeError() is { } failure)
        {
            throw failure;
        }

        // A failed stream tells its reason only at the end in some cases; the end of a failed stream writes nothing.
        Complete();
        throw new EngineException(ErrorCode.UnknownException, "The engine refused the data without a reason.");
    }

    /// <summary>Writes what is left and waits until it is in the table.</summary>
    public EngineStatistics Complete()
    {
        using var result = EngineResult.Take(NativeMethods.StreamDone(_stream));
        return result.Statistics;
    }

    public void Dispose()
    {
        nint stream = Interlocked.Exchange(ref _stream, 0);
        if (stream != 0)
        {
            NativeMethods.DestroyInsert(stream);
        }
    }

    private EngineException? TryTakeError()
    {
        byte* error = NativeMethods.StreamInsertError(_stream);
        return error is null ? null : EngineException.From(error);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>One engine connection: its own settings, current database and temporary tables. It runs one statement at a time; one owner uses it.</summary>
internal sealed unsafe class EngineConnection : IDisposable
{
    private static readonly KeyValuePair<string, string>[] NoParameters = [];

    private nint* _connection;

    private EngineConnection(nint* connection) => _connection = connection;

    internal nint Handle => *_connection;

    /// <exception cref="EngineException">The engine refused; its reason went to standard error.</exception>
    public static EngineConnection Open(params ReadOnlySpan<string> arguments)
    {
        byte** pointers = (byte**)NativeMemory.AllocZeroed((nuint)(arguments.Length + 2), (nuint)sizeof(byte*));
        try
        {
            pointers[0] = (byte*)Marshal.StringToCoTaskMemUTF8("clickhouse");
            for (int i = 0; i < arguments.Length; i++)
            {
                pointers[i + 1] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
            }

            nint* connection = NativeMethods.Connect(arguments.Length + 1, pointers);
            return connection is not null && *connection != 0
                ? new EngineConnection(connection)
                : throw new EngineException(ErrorCode.UnknownException, "The engine refused the connection.");
        }
        finally
        {
            for (int i = 0; pointers[i] is not null; i++)
            {
                Marshal.FreeCoTaskMem((nint)pointers[i]);
            }

            NativeMemory.Free(pointers);
        }
    }

    /// <summary>Runs a statement whose text is ours, without result.</summary>
    public void Execute(string sql) => Query(Encoding.UTF8.GetBytes(sql), "Null", NoParameters).Dispose();

    /// <summary>Runs a statement whose text is ours; for answers of a few bytes.</summary>
    public string QueryText(string sql)
    {
        using var result = Query(Encoding.UTF8.GetBytes(sql), "TSVRaw", NoParameters);
        using var reader = new StreamReader(result.Open());
        return reader.ReadToEnd();
    }

    /// <summary>Runs a statement to its end. Blocks. Never for an INSERT with data behind it: the engine would end the data at the first empty line.</summary>
    /// <param name="sql">UTF-8.</param>
    /// <param name="format">Used where the statement names none.</param>
    /// <param name="parameters">Values in ClickHouse's escaped text form.</param>
    public EngineResult Query(ReadOnlySpan<byte> sql, string format, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        byte[] formatName = Encoding.UTF8.GetBytes(format);
        using var native = new NativeParameters(parameters);
        fixed (byte* text = sql, name = formatName)
        {
            return EngineResult.Take(NativeMethods.Query(
                Handle, text, (nuint)sql.Length, name, (nuint)formatName.Length, native.Names, native.NameLengths, native.Values, native.ValueLengths, native.Count));
        }
    }

    /// <summary>What the engine's parser says about a text, without running it.</summary>
    public StatementKind Classify(ReadOnlySpan<byte> sql)
    {
        var analysis = new NativeMethods.Analysis { StructSize = (uint)sizeof(NativeMethods.Analysis) };
        fixed (byte* text = sql)
        {
            int refused = NativeMethods.Classify(Handle, text, (nuint)sql.Length, null, 0, &analysis);
            return refused == 0 ? new StatementKind(analysis.StatementCount, analysis.QueryClass == 0) : default;
        }
    }

    public void Dispose()
    {
        if (_connection is not null)
        {
            NativeMethods.Close(_connection);
            _connection = null;
        }
    }
}

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>Formatted bytes in the engine's memory. Read them through <see cref="Open"/> before disposing; nothing is copied.</summary>
internal sealed unsafe class EngineResult : IDisposable
{
    private nint _handle;

    private EngineResult(nint handle) => _handle = handle;

    public long LengthBytes => (long)NativeMethods.ResultLength(_handle);

    public EngineStatistics Statistics => EngineStatistics.Of(_handle);

    /// <summary>Takes ownership of a handle the engine returned.</summary>
    /// <exception cref="EngineException">The statement failed.</exception>
    public static EngineResult Take(nint handle)
    {
        if (handle == 0)
        {
            throw new EngineException(ErrorCode.UnknownException, "The engine returned no result.");
        }

        byte* error = NativeMethods.ResultError(handle);
        if (error is null)
        {
            return new EngineResult(handle);
        }

        var failure = EngineException.From(error);
        NativeMethods.DestroyResult(handle);
        throw failure;
    }

    /// <summary>The bytes; valid until this result is disposed.</summary>
    public Stream Open()
    {
        long length = LengthBytes;
        return length == 0 ? Stream.Null : new UnmanagedMemoryStream(NativeMethods.ResultBuffer(_handle), length);
    }

    public void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            NativeMethods.DestroyResult(handle);
        }
    }
}

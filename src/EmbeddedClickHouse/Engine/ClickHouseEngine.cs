namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>
/// The ClickHouse engine inside this process. There is one, started before anything else in the program and ended by <see cref="Exit"/>: the library
/// takes process-wide things (signals, threads, exit handlers) that only this order keeps safe. See docs/decisions/0030.
/// </summary>
internal sealed unsafe class ClickHouseEngine
{
    /// <summary>More than the start needs, so that no collection happens while the engine replaces signal handlers.</summary>
    private const long StartAllocationBytes = 16 << 20;

    private readonly string _pathArgument;

    /// <summary>Held open for ever: opening the engine again after its last connection closed takes the signals again.</summary>
    private readonly EngineConnection _keeper;

    private ClickHouseEngine(string pathArgument, EngineConnection keeper)
    {
        _pathArgument = pathArgument;
        _keeper = keeper;
        // The server version this library was cut from; the library's own number differs.
        Version = keeper.QueryText("SELECT version()").TrimEnd('\n');
    }

    public string Version { get; }

    /// <summary>Call first thing in Main, on the only thread.</summary>
    /// <param name="library">Path of libchdb.</param>
    /// <param name="dataDirectory">Where the engine keeps its tables; created.</param>
    /// <param name="configurationFile">The engine's config.xml.</param>
    /// <exception cref="EngineStartException">The library cannot be loaded or the directory cannot be used.</exception>
    public static ClickHouseEngine Start(string library, string dataDirectory, string configurationFile)
    {
        EngineLibrary.Load(library);
        string pathArgument = "--path=" + dataDirectory;
        bool noCollections = GC.TryStartNoGCRegion(StartAllocationBytes);
        byte[] signals = SignalDispositions.Save();
        try
        {
            // Else the engine's SIGSEGV handler catches what .NET turns into NullReferenceException, and the process hangs.
            NativeMethods.SetSignalHandlersEnabled(0);
            return new ClickHouseEngine(pathArgument, EngineConnection.Open(pathArgument, "--config-file=" + configurationFile));
        }
        catch (EngineException failure)
        {
            throw new EngineStartException($"The engine did not start on {dataDirectory}: {failure.Message}", EngineStartException.DataDirectoryUnusable);
        }
        finally
        {
            SignalDispositions.Restore(signals);
            if (noCollections)
            {
                GC.EndNoGCRegion();
            }
        }
    }

    /// <summary>A connection of the caller's own, with default settings. About 1 ms.</summary>
    public EngineConnection Connect() => EngineConnection.Open(_pathArgument);

    /// <summary>Closes the engine. Blocks while a statement runs on any connection.</summary>
    public void Close() => _keeper.Dispose();

    /// <summary>Ends the process without the library's exit handlers, which crash once threads of .NET are around.</summary>
    public static void Exit(int code)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        NativeMethods.ExitNow(code);
    }
}

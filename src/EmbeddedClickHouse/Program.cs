using MeshInsight.EmbeddedClickHouse.Engine;

namespace MeshInsight.EmbeddedClickHouse;

/// <summary>The ClickHouse engine as a process of its own, behind the ClickHouse HTTP interface.</summary>
internal static class Program
{
    private const int WrongSettings = 2;

    // Not async: the engine must start on the main thread while it is the only one that runs.
    private static int Main()
    {
        var problems = new List<string>();
        if (ServerOptions.Read(Environment.GetEnvironmentVariable, problems) is not { } options)
        {
            problems.ForEach(Console.Error.WriteLine);
            return WrongSettings;
        }

        int code;
        try
        {
            string library = EngineLibrary.Find(options.Library, Environment.CurrentDirectory, AppContext.BaseDirectory);
            using var directory = DataDirectoryLock.Take(options.DataDirectory);
            string configuration = EngineConfiguration.Write(Path.Combine(options.DataDirectory, "config"), options.MemoryBytes);
            var engine = ClickHouseEngine.Start(library, Path.Combine(options.DataDirectory, "engine"), configuration);
            code = new ClickHouseServer(engine, options).RunAsync().GetAwaiter().GetResult();
        }
        catch (EngineStartException failure)
        {
            Console.Error.WriteLine(failure.Message);
            code = failure.ExitCode;
        }

        ClickHouseEngine.Exit(code);
        return code;
    }
}

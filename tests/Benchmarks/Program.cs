using MeshInsight.Benchmarks;
using MeshInsight.Benchmarks.Collector.Load;
using MeshInsight.Benchmarks.Contracts;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Benchmarks.Proxy;
using MeshInsight.Benchmarks.Proxy.Peers;
using MeshInsight.Benchmarks.Replay;

const string Usage = "Usage: MeshInsight.Benchmarks [list | NAME [--json FILE] | sampling --data DIR | otlp-load … | fuzz …]";

switch (args)
{
    case [] or ["list"]:
        foreach (var benchmark in BenchmarkCatalog.All)
        {
            Console.WriteLine($"{benchmark.Name,-24}{benchmark.Summary}");
        }

        Console.WriteLine($"{SamplingBench.Command,-24}Recorded traces with injected faults through the sampler: what the kept ones are worth (--data DIR)");
        Console.WriteLine($"{FuzzCommand.Command,-24}Mutated OTLP requests through the decoders: no exception, bounded memory (--payloads N)");
        Console.WriteLine($"{LoadCommand.Command,-24}The OTLP load generator by itself (--url URL …)");

        return 0;
    case [BareYarp.Command, var upstream]:
        return await BareYarp.ServeAsync(upstream);
    case [BenchApp.Command, var port]:
        return await BenchApp.ServeAsync(port);
    case [CallingApp.Command, var way, var url]:
        return await CallingApp.CallAsync(way, url);
    case [SamplingBench.Command, .. var options]:
        return SamplingBench.Run(options);
    case [FuzzCommand.Command, .. var options]:
        return FuzzCommand.Run(options);
    case [LoadCommand.Command, .. var options]:
        return await LoadCommand.RunAsync(options);
    case [var name]:
        return Run(name, null);
    case [var name, "--json", var file]:
        return Run(name, file);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static int Run(string name, string? file)
{
    var benchmark = BenchmarkCatalog.All.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    if (benchmark is null)
    {
        Console.Error.WriteLine($"No benchmark is named {name}; there are {string.Join(", ", BenchmarkCatalog.All.Select(known => known.Name))}. {Usage}");
        return 2;
    }

    Console.WriteLine($"{benchmark.Name}: {benchmark.Summary}");
    Console.WriteLine(BenchmarkReport.Machine());
    var rows = benchmark.Run();
    Console.WriteLine();
    Console.Write(BenchmarkReport.Table(rows));
    if (file is not null)
    {
        BenchmarkReport.Write(file, benchmark, rows);
    }

    return 0;
}

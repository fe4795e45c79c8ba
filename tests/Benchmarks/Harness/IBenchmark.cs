namespace MeshInsight.Benchmarks.Harness;

/// <summary>One benchmark: a file of its own and a line in BenchmarkCatalog.cs.</summary>
internal interface IBenchmark
{
    /// <summary>What `./mesh bench NAME` takes: letters and digits.</summary>
    string Name { get; }

    /// <summary>One line for the list.</summary>
    string Summary { get; }

    /// <summary>Runs every case once, warm. A ratio compares cases of one run, since machines and their load differ.</summary>
    IReadOnlyList<BenchmarkRow> Run();
}

/// <param name="CpuSeconds">Of this process while the case ran; other programs on the machine do not count.</param>
internal sealed record BenchmarkRow(string Case, double CpuSeconds, IReadOnlyList<Figure> Figures);

/// <param name="Unit">"spans/s", "B", "×", ...</param>
internal readonly record struct Figure(string Name, double Value, string Unit);

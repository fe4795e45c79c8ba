using System.Diagnostics;

namespace MeshInsight.Testing;

/// <summary>Runs a script of tests/clients, where the official npm clients are installed.</summary>
public static class NodeScript
{
    /// <returns>Standard output; throws with both streams when the script fails.</returns>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = Repository.Clients, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(script);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"node {script} ended with {process.ExitCode}.\n{await output}\n{await errors}");
    }
}

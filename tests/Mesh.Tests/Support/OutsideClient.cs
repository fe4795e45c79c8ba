using System.ComponentModel;
using System.Diagnostics;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>A client that others wrote, as a process of its own; what it prints says what it was answered.</summary>
internal static class OutsideClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="package">Debian's, for who does not have it.</param>
    public static async Task<string> RunAsync(string command, string package, params string[] arguments)
    {
        using var process = Start(command, package, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        string text = await output + await errors;
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{command} ended with {process.ExitCode}:\n{text}");
    }

    private static Process Start(string command, string package, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{command} does not start ({e.Message}). Install the package {package}; ./mesh test does, as root on Debian.", e);
        }
    }
}

using System.CommandLine;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight apply -f FILE…</c></summary>
internal static class ApplyCommand
{
    private static readonly Option<string[]> s_files = new("--file", "-f")
    {
        Description = "YAML file, folder of *.yaml, or - for standard input; may be repeated.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Only checks; changes nothing." };

    public static Command Create()
    {
        var command = new Command("apply", "Puts resources into force. All of them, or none when one has a problem.") { s_files, s_dryRun };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var documents = new List<string>();
        foreach (string file in parsed.GetRequiredValue(s_files).SelectMany(Expand))
        {
            try
            {
                documents.Add(file == "-" ? await Console.In.ReadToEndAsync(cancellation) : await File.ReadAllTextAsync(file, cancellation));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{file} cannot be read: {unreadable.Message}");
                return ExitCodes.Failed;
            }
        }

        return await CommonOptions.WithApiAsync(parsed, async api =>
        {
            var answer = await api.ApplyAsync(string.Join("\n---\n", documents), parsed.GetValue(s_dryRun), cancellation);
            foreach (var applied in answer.Applied)
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{applied.Kind}/{applied.Name} {applied.Change.ToLowerInvariant()}");
            }

            return ExitCodes.Done;
        });
    }

    private static IEnumerable<string> Expand(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.yaml").Order(StringComparer.Ordinal) : [path];
}

using System.CommandLine;
using MeshInsight.Cli.Layout;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight why TRACE</c>: what happened to one request at each hop, and why. <c>meshinsight why --key</c>: what to send with a request to have it explained in full.</summary>
internal static class WhyCommand
{
    private static readonly Argument<string?> s_trace = new("trace") { Description = "A trace id: 32 hex digits.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> s_key = new("--key") { Description = $"Prints the key to send as {WhyKey.Header}; the response then names its trace." };

    public static Command Create()
    {
        var command = new Command("why", "Tells for one request which route and endpoint were chosen and why, what policies said, what was retried, and where its time went.") { s_trace, s_key };
        command.Validators.Add(result =>
        {
            if (result.GetValue(s_trace) is null == !result.GetValue(s_key))
            {
                result.AddError("why needs a trace id, or --key.");
            }
        });
        command.SetAction((parsed, cancellation) => parsed.GetValue(s_key) ? PrintKeyAsync(parsed) : CommonOptions.WithStoreAsync(parsed, async store =>
        {
            string trace = parsed.GetValue(s_trace)!;
            var spans = await store.Traces.SpansAsync(trace, cancellation);
            if (spans.Count == 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"No span of {trace} is stored: it was not kept, has aged out, or is still on its way (a few seconds). Requests with {WhyKey.Header} are always kept.");
                return ExitCodes.Failed;
            }

            foreach (string line in WhyStory.Lines(spans))
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(line);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static async Task<int> PrintKeyAsync(ParseResult parsed)
    {
        string path = Environment.GetEnvironmentVariable(MeshEnvironment.TokenFile) is { Length: > 0 } named ? named : CommonOptions.Layout(parsed).TokenPath;
        if (TokenFile.TryRead(path) is not { } token)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"There is no mesh token in {path}; {MeshEnvironment.TokenFile} names another file.");
            return ExitCodes.Failed;
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync(WhyKey.Of(token));
        return ExitCodes.Done;
    }
}

using System.CommandLine;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight token create --service NAME</c></summary>
internal static class TokenCommand
{
    private const int DefaultMinutes = 60;
    private const int MaxMinutes = 7 * 24 * 60;

    private static readonly Option<string> s_service = new("--service") { Description = "The service whose sidecar may join with it.", Required = true };
    private static readonly Option<int> s_minutes = MakeMinutes();

    public static Command Create()
    {
        var create = new Command("create", "Makes a token that lets one sidecar join, once. Write it to the file that the sidecar's MESH_TOKEN_FILE names.") { s_service, s_minutes };
        create.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api =>
        {
            var answer = await api.CreateJoinTokenAsync(parsed.GetRequiredValue(s_service), parsed.GetValue(s_minutes), cancellation);
            // The token alone on standard output, so that it can go straight into a file.
            await parsed.InvocationConfiguration.Output.WriteLineAsync(answer.Token);
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"Lets one sidecar of {answer.Service} join until {answer.Expires.ToLocalTime():u}.");
            return ExitCodes.Done;
        }));
        return new Command("token", "Join tokens for sidecars.") { create };
    }

    private static Option<int> MakeMinutes()
    {
        var option = new Option<int>("--minutes") { Description = $"How long it may be used (default {DefaultMinutes}).", DefaultValueFactory = _ => DefaultMinutes };
        option.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value is < 1 or > MaxMinutes)
            {
                result.AddError($"--minutes is {value}; it may be 1 to {MaxMinutes}.");
            }
        });
        return option;
    }
}

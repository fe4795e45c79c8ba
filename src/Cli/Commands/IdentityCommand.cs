using System.CommandLine;
using System.Globalization;
using MeshInsight.Cli.Api;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight identity [rotate]</c></summary>
internal static class IdentityCommand
{
    public static Command Create()
    {
        var rotate = new Command("rotate", "Lets a new root take over. The old one stays trusted until every certificate it signed has ended.");
        rotate.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api => await ShowAsync(parsed, await api.RotateRootAsync(cancellation))));
        var command = new Command("identity", "The mesh's trust domain and roots.") { rotate };
        command.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api => await ShowAsync(parsed, await api.IdentityAsync(cancellation))));
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, IdentityAnswer identity)
    {
        var output = parsed.InvocationConfiguration.Output;
        await output.WriteLineAsync($"trust domain {identity.TrustDomain}");
        TextTable.Of(
            identity.Roots,
            ("ROOT", r => r.Subject),
            ("UNTIL", r => r.NotAfter.ToLocalTime().ToString("u", CultureInfo.InvariantCulture)),
            ("SHA-256", r => r.Sha256)).WriteTo(output);
        if (identity.OverlapEnds is { } ends)
        {
            await output.WriteLineAsync($"The older root leaves at {ends.ToLocalTime():u}.");
        }

        return ExitCodes.Done;
    }
}

using System.CommandLine;
using System.Globalization;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight incidents [ID]</c></summary>
internal static class IncidentsCommand
{
    private static readonly Argument<string?> s_id = new("id") { Description = "One incident in full.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> s_open = new("--open") { Description = "Only those that have not ended." };

    public static Command Create()
    {
        var command = new Command("incidents", "Shows incidents with their cause.") { s_id, s_open };
        command.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api =>
        {
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(s_id) is { } id)
            {
                Write(await api.IncidentAsync(id, cancellation), output);
            }
            else
            {
                Table(await api.IncidentsAsync(parsed.GetValue(s_open), cancellation)).WriteTo(output);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    internal static TextTable Table(IEnumerable<Incident> incidents) => TextTable.Of(
        incidents,
        ("ID", i => i.Id),
        ("SINCE", i => Time(i.StartedAt)),
        ("ENDED", i => i.EndedAt is { } ended ? Time(ended) : "open"),
        ("CAUSE", i => i.Cause?.Subject.ToString() ?? "unknown"),
        ("HEADLINE", i => i.Headline));

    private static void Write(Incident incident, TextWriter output)
    {
        Table([incident]).WriteTo(output);
        foreach (string evidence in incident.Cause?.Evidence ?? [])
        {
            output.WriteLine("evidence  " + evidence);
        }

        foreach (var step in incident.Timeline)
        {
            output.WriteLine($"{Time(step.At)}  {step.Kind}  {step.Text}");
        }
    }

    private static string Time(DateTimeOffset at) => at.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}

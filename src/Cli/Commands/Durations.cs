using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MeshInsight.Cli.Commands;

/// <summary>Times as people write them: <c>90</c> (seconds), <c>90s</c>, <c>5m</c>, <c>1h</c>.</summary>
internal static class Durations
{
    public static Option<TimeSpan?> Option(string name, string description) => new(name) { Description = description, CustomParser = Parse };

    public static bool TryRead(string text, out TimeSpan value)
    {
        double unit = text.Length == 0 ? 0 : text[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            >= '0' and <= '9' => 1,
            _ => 0,
        };
        string number = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? text[..^1] : text;
        bool good = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount) && unit > 0 && amount * unit <= 86_400;
        value = good ? TimeSpan.FromSeconds(amount * unit) : default;
        return good;
    }

    private static TimeSpan? Parse(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (TryRead(text, out var value))
        {
            return value;
        }

        argument.AddError($"\"{text}\" is not a time; write seconds (90), or 90s, 5m, 1h, up to a day.");
        return null;
    }
}

using System.Globalization;
using System.Text;

namespace MeshInsight.Storage.Client;

/// <summary>A value for <c>{name:Type}</c> in a statement, in the escaped text form that the HTTP parameter <c>param_name</c> carries.</summary>
public readonly record struct QueryParameter(string Name, string Value)
{
    public static QueryParameter Of(string name, string value) => new(name, Escape(value, quote: false));

    public static QueryParameter Of(string name, long value) => new(name, value.ToString(CultureInfo.InvariantCulture));

    public static QueryParameter Of(string name, double value) => new(name, value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>For <c>{name:Bool}</c>.</summary>
    public static QueryParameter Of(string name, bool value) => new(name, value ? "true" : "false");

    /// <summary>For <c>{name:Array(String)}</c>: quoted items, which are escaped once and the whole not again.</summary>
    public static QueryParameter Of(string name, IEnumerable<string> values) =>
        new(name, $"[{string.Join(',', values.Select(v => $"'{Escape(v, quote: true)}'"))}]");

    /// <summary>Nanoseconds since 1970, for <c>fromUnixTimestamp64Nano({name:Int64})</c>.</summary>
    public static QueryParameter Of(string name, DateTimeOffset time) => Of(name, UnixTime.Nanos(time));

    /// <summary>Escapes as TabSeparated does; the server undoes it before the value meets its type.</summary>
    private static string Escape(string value, bool quote)
    {
        var escaped = new StringBuilder(value.Length + 8);
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => escaped.Append(@"\\"),
                '\t' => escaped.Append(@"\t"),
                '\n' => escaped.Append(@"\n"),
                '\r' => escaped.Append(@"\r"),
                '\0' => escaped.Append(@"\0"),
                '\'' when quote => escaped.Append(@"\'"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}

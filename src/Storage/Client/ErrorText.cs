using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshInsight.Storage.Client;

/// <summary>
/// ClickHouse's error text: <c>Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE) (version 26.7.3.1)</c>. It stands alone in the body of
/// a refused statement, or at the end of a body that had begun to carry rows; there newer servers put it between two lines <c>__exception__</c> with
/// a tag and its length.
/// </summary>
internal static partial class ErrorText
{
    /// <summary>
    /// Codes that pass by themselves: timeouts, network, too many queries or parts, memory and disk, replicas and keeper
    /// (https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp).
    /// </summary>
    private static readonly HashSet<int> Retryable = [159, 202, 203, 209, 210, 225, 241, 242, 243, 252, 279, 285, 319, 425, 473, 745, 999];

    /// <summary>The error that the text begins with, else the last one in it, else null.</summary>
    public static ClickHouseException? Find(string text)
    {
        text = Framed().Match(text) is { Success: true } framed ? framed.Groups["text"].Value : text;
        var error = Error().Match(text);
        if (!error.Success)
        {
            // Rows came before, and may hold texts that look like errors themselves; the server's own is the last.
            int sign = text.LastIndexOf(". DB::Exception: ", StringComparison.Ordinal);
            int start = sign < 0 ? -1 : text.LastIndexOf("Code: ", sign, StringComparison.Ordinal);
            error = start < 0 ? error : Error().Match(text[start..]);
        }

        return error.Success
            ? Make(int.Parse(error.Groups["code"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture), error.Groups["text"].Value)
            : null;
    }

    public static ClickHouseException Make(int code, string text)
    {
        text = Version().Replace(text.Trim(), "");
        var name = Name().Match(text);
        return new(code, name.Groups["name"].Value, $"ClickHouse error {code}: {text}", Retryable.Contains(code));
    }

    [GeneratedRegex(@"__exception__\r?\n(?<tag>\w+)\r?\n(?<text>.*?)\r?\n\d+ \k<tag>\r?\n__exception__", RegexOptions.Singleline)]
    private static partial Regex Framed();

    [GeneratedRegex(@"^Code: (?<code>\d{1,6})\. DB::Exception: (?<text>.*)$", RegexOptions.Singleline)]
    private static partial Regex Error();

    [GeneratedRegex(@"\s*\(version [^()]*(\([^()]*\))?\)\s*$")]
    private static partial Regex Version();

    [GeneratedRegex(@"\((?<name>[A-Z][A-Z0-9_]+)\)\s*$")]
    private static partial Regex Name();
}

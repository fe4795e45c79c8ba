using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Durations of the Gateway API, https://gateway-api.sigs.k8s.io/geps/gep-2257/: one to four groups of digits and unit.</summary>
internal static partial class GatewayDuration
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (!Pattern().IsMatch(text))
        {
            return false;
        }

        foreach (Match group in Group().Matches(text))
        {
            int amount = int.Parse(group.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            duration += group.Groups[2].Value switch
            {
                "h" => TimeSpan.FromHours(amount),
                "m" => TimeSpan.FromMinutes(amount),
                "s" => TimeSpan.FromSeconds(amount),
                _ => TimeSpan.FromMilliseconds(amount),
            };
        }

        return true;
    }

    [GeneratedRegex("^([0-9]{1,5}(h|ms|m|s)){1,4}$")]
    private static partial Regex Pattern();

    [GeneratedRegex("([0-9]{1,5})(h|ms|m|s)")]
    private static partial Regex Group();
}

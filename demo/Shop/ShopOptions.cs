using System.Globalization;
using System.Text.Json;
using MeshInsight.Shop.Faults;

namespace MeshInsight.Shop;

/// <summary>One instance of one service, as its environment describes it.</summary>
/// <param name="Role">Which service: see <see cref="ShopProgram"/>'s table (<c>SHOP_ROLE</c>, or the first argument).</param>
/// <param name="Version">Shown in answers (<c>SHOP_VERSION</c>, default v1).</param>
/// <param name="Port">Where the app listens on loopback (<c>SHOP_PORT</c>, default 0: any).</param>
/// <param name="Bind">Address of the app's listener (<c>SHOP_BIND</c>, default 127.0.0.1); the faults stay on loopback.</param>
/// <param name="AdminPort">Where the faults are set (<c>SHOP_ADMIN_PORT</c>, default 0: any).</param>
/// <param name="MeshUrl">The sidecar's outbound listener (<c>SHOP_MESH_URL</c>, default http://127.0.0.1:15001).</param>
/// <param name="Faults">What goes wrong from the start (<c>SHOP_FAULTS</c>, JSON as POST /faults takes it).</param>
/// <param name="Seed">Of simulated latencies and faults (<c>SHOP_SEED</c>, default 1).</param>
internal sealed record ShopOptions(string Role, string Version, string Bind, int Port, int AdminPort, Uri MeshUrl, FaultPlan Faults, int Seed)
{
    /// <returns>Null when there are problems, which name the variable and what it may be.</returns>
    public static ShopOptions? Read(IReadOnlyList<string> arguments, Func<string, string?> environment, IReadOnlyCollection<string> roles, List<string> problems)
    {
        string role = arguments.Count > 0 ? arguments[0] : environment("SHOP_ROLE") ?? "";
        if (!roles.Contains(role))
        {
            problems.Add($"SHOP_ROLE is \"{role}\"; it may be {string.Join(", ", roles)}.");
        }

        string meshUrl = environment("SHOP_MESH_URL") ?? "http://127.0.0.1:15001";
        if (!Uri.TryCreate(meshUrl, UriKind.Absolute, out var mesh) || mesh.Scheme != Uri.UriSchemeHttp)
        {
            problems.Add($"SHOP_MESH_URL is \"{meshUrl}\"; it must be the http:// address of a sidecar's outbound listener.");
        }

        var faults = ReadFaults(environment("SHOP_FAULTS"), problems);
        int port = ReadNumber("SHOP_PORT", environment, 0, 65_535, problems);
        int adminPort = ReadNumber("SHOP_ADMIN_PORT", environment, 0, 65_535, problems);
        int seed = ReadNumber("SHOP_SEED", environment, 1, int.MaxValue, problems);
        return problems.Count > 0
            ? null
            : new ShopOptions(role, environment("SHOP_VERSION") ?? "v1", environment("SHOP_BIND") ?? "127.0.0.1", port, adminPort, mesh!, faults, seed);
    }

    private static FaultPlan ReadFaults(string? json, List<string> problems)
    {
        if (string.IsNullOrEmpty(json))
        {
            return FaultPlan.None;
        }

        try
        {
            var plan = JsonSerializer.Deserialize<FaultPlan>(json, JsonSerializerOptions.Web) ?? FaultPlan.None;
            problems.AddRange(plan.Problems().Select(problem => "SHOP_FAULTS: " + problem));
            return plan;
        }
        catch (JsonException unreadable)
        {
            problems.Add($"SHOP_FAULTS is not JSON: {unreadable.Message}");
            return FaultPlan.None;
        }
    }

    private static int ReadNumber(string name, Func<string, string?> environment, int otherwise, int maximum, List<string> problems)
    {
        string? text = environment(name);
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= maximum)
        {
            return value;
        }

        problems.Add($"{name} is \"{text}\"; it may be 0 to {maximum}.");
        return otherwise;
    }
}

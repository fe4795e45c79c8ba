namespace MeshInsight.Shop.Calls;

/// <summary>
/// The header that says whose fault a failed answer is, handed on from service to service: <c>app SERVICE VERSION</c> when a service of the shop failed, <c>mesh SERVICE WHAT</c>
/// when no service answered at all. An error answer without it was not written by the shop.
/// </summary>
internal static class Blame
{
    public const string Header = "x-shop-failure";

    public static string App(string service, string version) => $"app {service} {version}";

    public static string Mesh(string service, string what) => $"mesh {service} {what}";
}

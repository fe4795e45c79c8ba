namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>targetRefs</c> of a policy (GEP-713): Services by name. None means every service of the mesh.</summary>
internal static class TargetRefs
{
    private const int MaxTargets = 64;

    private static readonly Dictionary<string, bool> CoreGroup = new() { [""] = true };
    private static readonly Dictionary<string, bool> ServiceOnly = new() { ["Service"] = true };

    public static IReadOnlyList<string> Read(FieldReader spec)
    {
        var services = new List<string>();
        foreach (var reader in spec.Maps("targetRefs", MaxTargets))
        {
            reader.Choice("group", CoreGroup, true);
            reader.Choice("kind", ServiceOnly, true, required: true);
            string name = reader.Text("name", required: true);
            reader.Finish();
            if (services.Contains(name))
            {
                reader.Problem("name", $"\"{name}\" is listed twice.");
            }

            services.Add(name);
        }

        return services;
    }
}

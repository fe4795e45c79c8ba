namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Lists of references to Services by name: the <c>targetRefs</c> of a policy (GEP-713), and others of the same form.</summary>
internal static class TargetRefs
{
    private const int MaxTargets = 64;

    private static readonly Dictionary<string, bool> CoreGroup = new() { [""] = true };
    private static readonly Dictionary<string, bool> ServiceOnly = new() { ["Service"] = true };

    /// <summary>In <c>targetRefs</c> none means every service of the mesh, where the kind allows that.</summary>
    public static IReadOnlyList<string> Read(FieldReader spec, string field = "targetRefs", bool required = false)
    {
        var services = new List<string>();
        foreach (var reader in spec.Maps(field, MaxTargets, required))
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

namespace MeshInsight.Testing;

/// <summary>Runs a check over many seeded cases; a failure names the seed that repeats it.</summary>
public static class Property
{
    /// <summary>Set to repeat one failing case.</summary>
    public const string SeedVariable = "MESH_TEST_SEED";

    public static void ForAll(int cases, Action<Random> check)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out int only))
        {
            check(new Random(only));
            return;
        }

        for (int seed = 1; seed <= cases; seed++)
        {
            try
            {
                check(new Random(seed));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Failed with seed {seed}; repeat with {SeedVariable}={seed}. {failure.Message}", failure);
            }
        }
    }
}

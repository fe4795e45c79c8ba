using System.Globalization;
using System.Reflection;
using System.Security;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>Writes the engine's config.xml and users.xml, without which any SQL could read every file of the machine and end the process.</summary>
internal static class EngineConfiguration
{
    /// <returns>The path of config.xml.</returns>
    /// <param name="directory">Where the two files go; created.</param>
    /// <param name="memoryBytes">Ceiling for everything the engine allocates; one statement may use half of it.</param>
    public static string Write(string directory, long memoryBytes)
    {
        Directory.CreateDirectory(directory);
        string users = Path.Combine(directory, "users.xml");
        string config = Path.Combine(directory, "config.xml");
        var values = new (string Name, string Value)[]
        {
            ("{MemoryBytes}", Number(memoryBytes)),
            ("{StatementMemoryBytes}", Number(memoryBytes / 2)),
            ("{SpillBytes}", Number(memoryBytes / 5)),
            ("{UsersFile}", SecurityElement.Escape(users)),
        };
        File.WriteAllText(users, Fill("users.xml", values));
        File.WriteAllText(config, Fill("config.xml", values));
        return config;
    }

    private static string Fill(string resource, (string Name, string Value)[] values)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        string text = reader.ReadToEnd();
        foreach (var (name, value) in values)
        {
            text = text.Replace(name, value, StringComparison.Ordinal);
        }

        return text;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Storage.Client;

/// <summary>Which ClickHouse, as whom, and how the schema is made there.</summary>
/// <param name="Endpoint">Scheme, host, port and path only.</param>
/// <param name="Database">Default <c>meshinsight</c>; letters, digits and underscores.</param>
public sealed record ClickHouseOptions(Uri Endpoint, string Database = ClickHouseOptions.DefaultDatabase)
{
    public const string DefaultUrl = "http://127.0.0.1:8123";
    public const string DefaultDatabase = "meshinsight";

    /// <summary>Name of the database; the URL's <c>?database=</c> wins.</summary>
    public const string DatabaseVariable = "MESH_CLICKHOUSE_DATABASE";

    /// <summary>Name of a ClickHouse cluster: tables become Replicated with Distributed tables over them.</summary>
    public const string ClusterVariable = "MESH_CLICKHOUSE_CLUSTER";

    /// <summary>Days that telemetry is kept.</summary>
    public const string RetentionVariable = "MESH_RETENTION_DAYS";

    public string User { get; init; } = "";

    /// <summary>Sent as a header; never part of a log line or an exception.</summary>
    internal string Password { get; init; } = "";

    /// <summary>Empty = one server.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Days, 1..3650; default 7. Decisions, incidents and revisions are kept <see cref="HistoryDays"/>.</summary>
    public int RetentionDays { get; init; } = 7;

    /// <summary>Days: at least a quarter of a year, because decisions must stay explainable.</summary>
    public int HistoryDays => Math.Max(90, RetentionDays);

    /// <summary>Gzip request bodies; default: only when the server is not on this machine, where the network is cheaper than the CPU.</summary>
    public bool CompressInserts { get; init; } = !Endpoint.IsLoopback;

    /// <summary>Reads <c>MESH_CLICKHOUSE_URL</c> and its companions.</summary>
    /// <exception cref="FormatException">Names the variable, what is wrong and what is allowed; never repeats credentials.</exception>
    public static ClickHouseOptions FromEnvironment() => Read(Environment.GetEnvironmentVariable);

    /// <summary>As <see cref="FromEnvironment"/>, from any lookup.</summary>
    public static ClickHouseOptions Read(Func<string, string?> variable)
    {
        string url = Value(variable, MeshEnvironment.ClickHouseUrl, DefaultUrl);
        var options = Parse(url, Value(variable, DatabaseVariable, DefaultDatabase));
        return options with
        {
            Cluster = CheckName(ClusterVariable, Value(variable, ClusterVariable, ""), allowEmpty: true),
            RetentionDays = Days(Value(variable, RetentionVariable, "7")),
        };
    }

    /// <summary>Reads <c>http[s]://[user[:password]@]host[:port][/path][?database=&amp;user=&amp;password=]</c>.</summary>
    /// <exception cref="FormatException">Says what is wrong with the URL without repeating credentials.</exception>
    public static ClickHouseOptions Parse(string url, string database = DefaultDatabase)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new FormatException($"{MeshEnvironment.ClickHouseUrl} is not an http or https URL such as http://user:password@host:8123/?database=meshinsight.");
        }

        string[] login = uri.UserInfo.Split(':', 2);
        string user = Uri.UnescapeDataString(login[0]);
        string password = login.Length > 1 ? Uri.UnescapeDataString(login[1]) : "";
        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            string value = parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "";
            switch (parts[0])
            {
                case "database":
                    database = value;
                    break;
                case "user":
                    user = value;
                    break;
                case "password":
                    password = value;
                    break;
                default:
                    throw new FormatException($"{MeshEnvironment.ClickHouseUrl} has the parameter \"{parts[0]}\"; allowed are database, user, password.");
            }
        }

        var endpoint = new UriBuilder(uri.Scheme, uri.Host, uri.Port, uri.AbsolutePath).Uri;
        return new(endpoint, CheckName(DatabaseVariable, database, allowEmpty: false)) { User = user, Password = password };
    }

    public override string ToString() => $"{Endpoint} database {Database}";

    private static string Value(Func<string, string?> variable, string name, string otherwise) =>
        variable(name) is { Length: > 0 } value ? value : otherwise;

    private static string CheckName(string what, string name, bool allowEmpty) =>
        (allowEmpty || name.Length > 0) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? name
            : throw new FormatException($"{what} is \"{name}\"; allowed are letters, digits and underscores.");

    private static int Days(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int days) && days is >= 1 and <= 3650
            ? days
            : throw new FormatException($"{RetentionVariable} is \"{text}\"; allowed are whole days from 1 to 3650.");
}

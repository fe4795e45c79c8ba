using System.Text.Json;
using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Sessions;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>A request's settings and database on its connection. They are the request's, not the session's: on a held connection the old ones come back.</summary>
internal sealed class SettingScope : IDisposable
{
    private readonly EngineConnection _connection;
    private readonly string? _restoreDatabase;
    private readonly string? _restoreSettings;

    private SettingScope(EngineConnection connection, string? restoreDatabase, string? restoreSettings)
    {
        _connection = connection;
        _restoreDatabase = restoreDatabase;
        _restoreSettings = restoreSettings;
    }

    /// <param name="lease">The connection.</param>
    /// <param name="request">Names settings and database.</param>
    /// <param name="tag">Marks the statement, so that it can be found and stopped.</param>
    /// <exception cref="EngineException">Unknown setting, value or database.</exception>
    public static SettingScope Enter(ConnectionLease lease, StatementRequest request, string tag)
    {
        var connection = lease.Connection;
        string? database = null;
        string? settings = null;
        if (lease.IsHeld)
        {
            database = request.Database is null ? null : "USE " + SqlText.Identifier(connection.QueryText("SELECT currentDatabase()").TrimEnd('\n'));
            settings = request.Settings.Count == 0 ? null : Current(connection, request.Settings);
        }

        if (request.Database is not null)
        {
            connection.Execute("USE " + SqlText.Identifier(request.Database));
        }

        var assignments = request.Settings.Select(s => $"{s.Key} = {SqlText.Literal(s.Value)}").Append("log_comment = " + SqlText.Literal(tag));
        if (request.ReadsOnly && !lease.IsHeld)
        {
            // Cannot be taken back, so a session's GET is held to reading by the classifier instead.
            assignments = assignments.Append("readonly = 2");
        }

        connection.Execute("SET " + string.Join(", ", assignments));
        return new SettingScope(connection, database, settings);
    }

    public void Dispose()
    {
        if (_restoreSettings is not null)
        {
            _connection.Execute(_restoreSettings);
        }

        if (_restoreDatabase is not null)
        {
            _connection.Execute(_restoreDatabase);
        }
    }

    private static string? Current(EngineConnection connection, List<KeyValuePair<string, string>> settings)
    {
        string names = string.Join(", ", settings.Select(s => SqlText.Literal(s.Key)));
        string rows = connection.QueryText($"SELECT toJSONString(map('name', name, 'value', value)) FROM system.settings WHERE name IN ({names})");
        var assignments = rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row =>
        {
            using var json = JsonDocument.Parse(row);
            return $"{json.RootElement.GetProperty("name").GetString()} = {SqlText.Literal(json.RootElement.GetProperty("value").GetString()!)}";
        }).ToArray();
        return assignments.Length == 0 ? null : "SET " + string.Join(", ", assignments);
    }
}

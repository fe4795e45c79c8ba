using MeshInsight.EmbeddedClickHouse.Engine;

namespace MeshInsight.EmbeddedClickHouse.Sessions;

/// <summary>One session's connection. <see cref="InUse"/> goes up under the table's lock and down by the lease; the expiry is written before that.</summary>
internal sealed class HeldSession(EngineConnection connection)
{
    private volatile bool _inUse;

    public EngineConnection Connection { get; } = connection;

    /// <summary>A <see cref="TimeProvider"/> timestamp; means nothing while in use.</summary>
    public long ExpiresAt { get; set; }

    public bool InUse
    {
        get => _inUse;
        set => _inUse = value;
    }
}

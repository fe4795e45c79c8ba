using MeshInsight.EmbeddedClickHouse.Engine;

namespace MeshInsight.EmbeddedClickHouse.Sessions;

/// <summary>A connection for one request: given back to its session, or closed, when disposed.</summary>
internal sealed class ConnectionLease(EngineConnection connection, HeldSession? session, TimeProvider clock, TimeSpan timeout) : IDisposable
{
    public EngineConnection Connection { get; } = connection;

    /// <summary>Settings made on it outlive the request.</summary>
    public bool IsHeld => session is not null;

    public void Dispose()
    {
        if (session is null)
        {
            Connection.Dispose();
            return;
        }

        session.ExpiresAt = clock.GetTimestamp() + (long)(timeout.TotalSeconds * clock.TimestampFrequency);
        session.InUse = false;
    }
}

using MeshInsight.EmbeddedClickHouse.Engine;

namespace MeshInsight.EmbeddedClickHouse.Sessions;

/// <summary>Connections that outlive a request because it named a <c>session_id</c>: temporary tables and SET live there until the session times out.</summary>
/// <remarks>One lock guards the table; a session's connection belongs to whoever holds its lease, so it needs none.</remarks>
internal sealed class HeldSessions(ClickHouseEngine engine, TimeProvider clock) : IDisposable
{
    /// <summary>Each held connection costs engine memory; a client that makes a session per request must not eat the machine.</summary>
    private const int Maximum = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HeldSession> _sessions = [];

    /// <param name="id">The session, or null for a connection of the request's own.</param>
    /// <param name="timeout">How long the session outlives this use.</param>
    /// <param name="mustExist">Fail instead of opening a new one.</param>
    /// <exception cref="EngineException">Unknown (372), in use (373), or too many (202).</exception>
    public ConnectionLease Rent(string? id, TimeSpan timeout, bool mustExist)
    {
        if (string.IsNullOrEmpty(id))
        {
            return new ConnectionLease(engine.Connect(), session: null, clock, timeout);
        }

        lock (_lock)
        {
            CloseExpiredLocked();
            if (_sessions.TryGetValue(id, out var session))
            {
                return session.InUse
                    ? throw new EngineException(ErrorCode.SessionIsLocked, $"Session {id} is locked by a concurrent client.")
                    : Lease(session, timeout);
            }

            if (mustExist)
            {
                throw new EngineException(ErrorCode.SessionNotFound, $"Session {id} not found.");
            }

            if (_sessions.Count >= Maximum)
            {
                throw new EngineException(
                    ErrorCode.TooManySimultaneousQueries, $"Too many sessions: {Maximum} are held. Give fewer session_id values, or a shorter session_timeout.");
            }

            session = new HeldSession(engine.Connect());
            _sessions.Add(id, session);
            return Lease(session, timeout);
        }
    }

    /// <summary>Closes the sessions nobody used in time; called now and then, so that an idle server gives memory back.</summary>
    public void CloseExpired()
    {
        lock (_lock)
        {
            CloseExpiredLocked();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var session in _sessions.Values)
            {
                session.Connection.Dispose();
            }

            _sessions.Clear();
        }
    }

    private ConnectionLease Lease(HeldSession session, TimeSpan timeout)
    {
        session.InUse = true;
        return new ConnectionLease(session.Connection, session, clock, timeout);
    }

    private void CloseExpiredLocked()
    {
        long now = clock.GetTimestamp();
        foreach (var (id, session) in _sessions)
        {
            if (!session.InUse && now >= session.ExpiresAt)
            {
                _sessions.Remove(id);
                session.Connection.Dispose();
            }
        }
    }
}

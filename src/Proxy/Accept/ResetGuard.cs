using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// Closes an HTTP/2 connection whose client opens streams only to reset them (CVE-2023-44487), or makes us reset them (CVE-2025-8671), by Envoy's rule: of
/// <c>premature_reset_total_stream_count</c> streams more than half ended before they had an answer and before <c>premature_reset_min_stream_lifetime_seconds</c>.
/// As in Envoy nobody waits for the count: what must come true at it counts now. Kestrel alone ends a connection only while twice the allowed streams are still being
/// worked on, which a proxy that gives up quickly never has (docs/decisions/0175).
/// </summary>
internal sealed class ResetGuard(ConnectionContext connection, ListenerSide side, ClosedConnections closed, TimeProvider time)
{
    public const int TotalStreamCount = 500;
    public static readonly TimeSpan MinStreamLifetime = TimeSpan.FromSeconds(1);

    private int _ended;
    private int _premature;
    private int _isClosed;

    /// <summary>Taken when a stream's head has come, for <see cref="End"/>.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>Streams end on any thread.</summary>
    /// <param name="isUnanswered">It was reset before our response had begun.</param>
    public void End(long began, bool isUnanswered)
    {
        int ended = Interlocked.Increment(ref _ended);
        if (!isUnanswered || time.GetElapsedTime(began) >= MinStreamLifetime)
        {
            return;
        }

        int premature = Interlocked.Increment(ref _premature);
        if (premature * 2L > Math.Max(ended, TotalStreamCount) && Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            closed.Add(side, CloseReason.PrematureResets, connection.Features.Get<ListenerSideFeature>()?.RemoteAddress ?? "");
            connection.Abort(new ConnectionAbortedException("Too many streams were reset prematurely."));
        }
    }
}

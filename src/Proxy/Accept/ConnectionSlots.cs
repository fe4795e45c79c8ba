using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>How many connections one listener may have, from their acceptance to their end, whatever they do in between. Kestrel's own limit begins only after the first bytes.</summary>
/// <param name="max">0 for any number.</param>
internal sealed class ConnectionSlots(int max)
{
    private int _taken;

    /// <returns>False when all are taken.</returns>
    public bool TryTake(ConnectionContext connection)
    {
        if (Interlocked.Increment(ref _taken) > max && max > 0)
        {
            Interlocked.Decrement(ref _taken);
            return false;
        }

        connection.Features.Set(new Slot(this));
        return true;
    }

    /// <summary>The connection has ended. Who says it twice changes nothing.</summary>
    public static void Leave(ConnectionContext connection) => connection.Features.Get<Slot>()?.Leave();

    private sealed class Slot(ConnectionSlots slots)
    {
        private int _left;

        public void Leave()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref slots._taken);
            }
        }
    }
}

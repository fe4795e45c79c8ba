using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Testing;

/// <summary>Ports that are free just now.</summary>
public static class FreePorts
{
    private const int Span = 200;
    private const int Step = 250;

    // Below the range from which the kernel hands out ports for outgoing connections.
    private const int First = 12_000;
    private const int Steps = 40;
    private const int FirstSingle = First + (Steps * Step);
    private const int EndOfSingles = 32_000;
    private static int _singles;

    /// <summary>A port base above which the demo's ports are free. The demo checks again before it starts anything.</summary>
    public static int Base()
    {
        // Two runs at once start looking at different places.
        int offset = Environment.ProcessId % Steps;
        for (int i = 0; i < Steps; i++)
        {
            int portBase = First + ((offset + i) % Steps * Step);
            if (Enumerable.Range(portBase, Span).All(IsFree))
            {
                return portBase;
            }
        }

        throw new InvalidOperationException($"No {Span} free ports in a row from {First} up.");
    }

    /// <summary>A port that is free just now, for configuration that has to name one. The kernel does not give it to anyone else.</summary>
    public static int One()
    {
        while (true)
        {
            // Two runs at once look at different places.
            int port = FirstSingle + (int)((uint)((Environment.ProcessId * 31) + Interlocked.Increment(ref _singles)) % (EndOfSingles - FirstSingle));
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

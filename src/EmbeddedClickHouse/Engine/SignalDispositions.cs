namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>
/// Keeps what .NET installed for the signals that the engine takes while it starts. The vital one is 34 (SIGRTMIN): .NET suspends threads for a
/// garbage collection with it, and a process whose handler was replaced hangs at the first collection. See docs/decisions/0030.
/// </summary>
internal static unsafe class SignalDispositions
{
    /// <summary>The deadly signals, TSTP, SYS and SIGRTMIN. INT, QUIT, CONT, CHLD and TERM stay out: .NET registers those later, by itself.</summary>
    private static readonly int[] Taken = [4, 5, 6, 7, 8, 11, 20, 31, 34];

    /// <summary>sizeof(struct sigaction) in glibc, on x86-64 and aarch64.</summary>
    private const int Size = 152;

    public static byte[] Save()
    {
        byte[] saved = new byte[Taken.Length * Size];
        fixed (byte* actions = saved)
        {
            for (int i = 0; i < Taken.Length; i++)
            {
                NativeMethods.SignalAction(Taken[i], null, actions + (i * Size));
            }
        }

        return saved;
    }

    public static void Restore(byte[] saved)
    {
        fixed (byte* actions = saved)
        {
            for (int i = 0; i < Taken.Length; i++)
            {
                NativeMethods.SignalAction(Taken[i], actions + (i * Size), null);
            }
        }
    }
}

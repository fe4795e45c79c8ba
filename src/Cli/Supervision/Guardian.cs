using System.Diagnostics;
using System.Globalization;

namespace MeshInsight.Cli.Supervision;

/// <summary>
/// A shell that knows every child's process id and ends them all when this process is gone, however it went: its standard input closes then, also after SIGKILL.
/// </summary>
/// <remarks>
/// PR_SET_PDEATHSIG would need code between fork and exec, which .NET does not offer, and fires when the forking thread ends, not the process (docs/decisions/0021).
/// </remarks>
internal sealed class Guardian : IDisposable
{
    // TERM first, so that the store closes cleanly; what is left after three seconds is killed.
    private const string Script = """
        trap '' INT TERM HUP QUIT
        pids=
        while read -r word pid; do
          case $word in
            add) pids="$pids $pid" ;;
            drop) rest=; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
            done) exit 0 ;;
          esac
        done
        [ -z "$pids" ] && exit 0
        kill -TERM $pids 2>/dev/null
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
          alive=
          for p in $pids; do kill -0 "$p" 2>/dev/null && alive=1; done
          [ -z "$alive" ] && exit 0
          sleep 0.1
        done
        kill -KILL $pids 2>/dev/null
        """;

    private readonly Lock _lock = new();
    private readonly Process _shell;

    private Guardian(Process shell) => _shell = shell;

    /// <summary>The guardian itself was ended by somebody.</summary>
    public bool IsLost { get; private set; }

    public static Guardian Start()
    {
        var start = ChildStart.OwnSession("/bin/sh", ["-c", Script]);
        start.RedirectStandardInput = true;
        return new Guardian(Process.Start(start)!);
    }

    public void Add(int processId) => Tell("add", processId);

    public void Drop(int processId) => Tell("drop", processId);

    /// <summary>All children have ended; the guardian goes too.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            try
            {
                _shell.StandardInput.WriteLine("done");
                _shell.StandardInput.Dispose();
            }
            catch (IOException)
            {
                // Somebody ended the guardian before; there is nobody left to dismiss.
                _shell.Dispose();
                return;
            }

            _shell.WaitForExit(TimeSpan.FromSeconds(2));
            _shell.Dispose();
        }
    }

    private void Tell(string word, int processId)
    {
        lock (_lock)
        {
            try
            {
                _shell.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {processId}"));
                _shell.StandardInput.Flush();
            }
            catch (IOException)
            {
                // Somebody ended the guardian. Children still end with an orderly stop; only a SIGKILL of this process would leave them.
                IsLost = true;
            }
        }
    }
}

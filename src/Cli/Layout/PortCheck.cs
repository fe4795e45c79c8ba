using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Cli.Layout;

/// <summary>A port somebody is going to listen on.</summary>
/// <param name="Wanted">Who wants it, as a person would say it.</param>
internal readonly record struct PortClaim(int Port, string Wanted);

/// <summary>Looks for taken ports before anything is started, so that a second start ends with one clear answer and not with half a mesh.</summary>
internal static class PortCheck
{
    /// <returns>One line per taken port; empty when all are free.</returns>
    public static IReadOnlyList<string> Problems(IEnumerable<PortClaim> claims)
    {
        var problems = new List<string>();
        foreach (var (port, wanted) in claims)
        {
            if (port is < 1 or > 65_535)
            {
                problems.Add($"There is no port {port}, which {wanted} would need; choose a lower --port-base.");
            }
            else if (Taken(port) is { } reason)
            {
                problems.Add($"Port {port} is taken ({reason}); {wanted} wants it. End what uses it, or move all ports with --port-base.");
            }
        }

        return problems;
    }

    private static string? Taken(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            probe.Listen();
            return null;
        }
        catch (SocketException taken)
        {
            return taken.SocketErrorCode == SocketError.AddressAlreadyInUse ? "address already in use" : taken.Message;
        }
    }
}

using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Forward;

/// <summary>Asks a gateway for a connection to a host outside: CONNECT of HTTP/1.1, on a connection of its own that then is the host's.</summary>
internal static class TunnelCall
{
    private const int MaxReason = 1024;
    private const string FlagsHeader = LocalReply.FlagsHeader + ":";
    private const string LengthHeader = "content-length:";

    /// <param name="authority"><c>host:port</c>.</param>
    /// <returns>What is read from the host from now on; or why there is nothing, with the gateway's flags.</returns>
    /// <exception cref="IOException">The gateway left, or answered something else than HTTP.</exception>
    public static async Task<(PipeReader? Input, ResponseFlags Flags, string Reason)> AskAsync(Stream gateway, string authority, CancellationToken cancellation)
    {
        await gateway.WriteAsync(Encoding.Latin1.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), cancellation);
        // Idle connections hold no buffer.
        var input = PipeReader.Create(gateway, new(leaveOpen: true, useZeroByteReads: true));
        string[] head = await HttpHead.ReadAsync(input, cancellation) ?? throw new IOException("The gateway did not answer CONNECT.");
        if (!head[0].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            throw new IOException("The gateway does not speak HTTP/1.1.");
        }

        if (head[0].Split(' ') is not [_, ['2', _, _], ..])
        {
            var (flags, reason) = await ReadRefusalAsync(input, head, cancellation);
            await input.CompleteAsync();
            return (null, flags, reason);
        }

        return (input, ResponseFlags.None, "");
    }

    // A gateway of the mesh says why in its first line of text.
    private static async Task<(ResponseFlags Flags, string Reason)> ReadRefusalAsync(PipeReader input, string[] head, CancellationToken cancellation)
    {
        var flags = ResponseFlagsText.Parse(Value(head, FlagsHeader));
        int length = int.TryParse(Value(head, LengthHeader), NumberStyles.None, CultureInfo.InvariantCulture, out int said) ? Math.Min(said, MaxReason) : 0;
        var read = await input.ReadAtLeastAsync(length, cancellation);
        string reason = Encoding.Latin1.GetString(read.Buffer.Slice(0, Math.Min(length, read.Buffer.Length))).Split('\n')[0].TrimEnd('\r');
        input.AdvanceTo(read.Buffer.End);
        return (flags == ResponseFlags.None ? ResponseFlags.UpstreamConnectFailure : flags, reason.Length > 0 ? reason : $"the gateway answered {head[0]}");
    }

    private static string Value(string[] head, string header) =>
        Array.Find(head, l => l.StartsWith(header, StringComparison.OrdinalIgnoreCase)) is { } line ? line[header.Length..].Trim() : "";
}

using System.Security.Cryptography;
using System.Text;
using MeshInsight.Portal.Settings;

namespace MeshInsight.Portal.Security;

/// <summary>
/// The local token: the portal presents it to the control plane, and a browser has to present it once before it may do the same through the
/// portal. The file is read at each use, so a token made after the start counts. The browser keeps a value derived from it, never the token.
/// </summary>
internal sealed class OperatorToken(PortalSettings settings)
{
    private static readonly byte[] SessionPurpose = "meshinsight portal session v1"u8.ToArray();

    /// <returns>Null when no token file is set or it cannot be read.</returns>
    public string? Read()
    {
        try
        {
            return settings.TokenFile.Length > 0 && File.ReadAllText(settings.TokenFile).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public bool Matches(string presented) => Read() is { } token && Equal(token, presented);

    /// <returns>What a signed-in browser's cookie holds; null without a token.</returns>
    public string? SessionValue() =>
        Read() is { } token ? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), SessionPurpose)) : null;

    public bool IsSession(string cookie) => SessionValue() is { } expected && Equal(expected, cookie);

    private static bool Equal(string expected, string presented) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(expected)), SHA256.HashData(Encoding.UTF8.GetBytes(presented)));
}

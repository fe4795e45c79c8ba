using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>
/// Opens the control stream to the sidecars of one service, given out with each certificate and valid as long. Form:
/// <c>svc.&lt;service, base64url&gt;.&lt;end, Unix seconds&gt;.&lt;HMAC-SHA-256 of what stands before, base64url&gt;</c>. Nothing is stored but the key.
/// </summary>
internal sealed class AccessTokens
{
    private const string Prefix = "svc.";
    private const int KeyBytes = 32;

    private readonly byte[] _key;
    private readonly TimeProvider _clock;

    public AccessTokens(string dataDirectory, TimeProvider clock)
    {
        _clock = clock;
        string path = Path.Combine(dataDirectory, "identity", "access.key");
        if (AtomicFile.TryReadText(path) is { } text)
        {
            _key = Convert.FromHexString(text.Trim());
            return;
        }

        _key = RandomNumberGenerator.GetBytes(KeyBytes);
        AtomicFile.WriteSecret(path, Convert.ToHexStringLower(_key));
    }

    public string Create(string service, DateTimeOffset end)
    {
        string claim = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(service))}.{end.ToUnixTimeSeconds()}");
        return $"{claim}.{Base64Url.EncodeToString(Sign(claim))}";
    }

    /// <returns>The service whose sidecars may use it; null when the token is not ours or has ended.</returns>
    public string? Service(string token)
    {
        if (token.Split('.') is not ["svc", var service, var end, var signature]
            || !long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            || !Base64Url.IsValid(signature) || !Base64Url.IsValid(service))
        {
            return null;
        }

        byte[] given = Base64Url.DecodeFromChars(signature);
        return CryptographicOperations.FixedTimeEquals(Sign(token[..token.LastIndexOf('.')]), given) && _clock.GetUtcNow().ToUnixTimeSeconds() < seconds
            ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(service))
            : null;
    }

    private byte[] Sign(string claim) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(claim));
}

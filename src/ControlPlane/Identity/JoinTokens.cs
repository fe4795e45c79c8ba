using System.Security.Cryptography;
using System.Text;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>
/// Tokens that let one sidecar of one service join, once. Kept on disk as hashes. A token that was used stays known until it would have ended, for the key that used
/// it only: a sidecar that did not hear the answer may ask again, and nobody else can. Thread-safe: one lock.
/// </summary>
internal sealed class JoinTokens
{
    public const string Prefix = "join.";

    private const int SecretBytes = 32;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _clock;
    private List<JoinToken> _tokens;

    public JoinTokens(string dataDirectory, TimeProvider clock)
    {
        _clock = clock;
        _path = Path.Combine(dataDirectory, "identity", "join-tokens.json");
        _tokens = AtomicFile.TryReadText(_path) is { } text ? Json.Read<List<JoinToken>>(text) : [];
    }

    /// <summary>The token's text is told here and never again.</summary>
    public (string Token, DateTimeOffset Expires) Create(string service, TimeSpan life)
    {
        string token = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        var expires = _clock.GetUtcNow() + life;
        lock (_lock)
        {
            SaveLocked([.. AliveLocked(), new JoinToken(Hash(token), service, expires, null)]);
        }

        return (token, expires);
    }

    /// <summary>Uses a token for a key.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo of the key that is to be certified.</param>
    /// <returns>Empty when the token is good; else why not, in words that help its owner and no one else.</returns>
    public string Redeem(string token, string service, ReadOnlySpan<byte> publicKey)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(publicKey));
        // Looked up by hash: the time a comparison takes tells nothing about the token.
        string hash = Hash(token);
        lock (_lock)
        {
            var alive = AliveLocked();
            int at = alive.FindIndex(t => t.Hash == hash);
            if (at < 0)
            {
                return "The join token is not known, or has ended.";
            }

            if (alive[at].UsedByKey is { } used)
            {
                return used == key && alive[at].Service == service ? "" : "The join token was used already; each lets one sidecar join, once.";
            }

            if (alive[at].Service != service)
            {
                return $"The join token is for the service \"{alive[at].Service}\", not \"{service}\".";
            }

            alive[at] = alive[at] with { UsedByKey = key };
            SaveLocked(alive);
            return "";
        }
    }

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private List<JoinToken> AliveLocked()
    {
        var now = _clock.GetUtcNow();
        return [.. _tokens.Where(t => t.Expires > now)];
    }

    private void SaveLocked(List<JoinToken> tokens)
    {
        AtomicFile.WriteSecret(_path, Json.Write(tokens));
        _tokens = tokens;
    }

    private sealed record JoinToken(string Hash, string Service, DateTimeOffset Expires, string? UsedByKey);
}

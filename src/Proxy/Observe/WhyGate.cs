using System.Security.Cryptography;
using System.Text;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Observe;

/// <summary>Who may have a request explained (docs/decisions/0163). A request without the header costs one look for it; where nobody may, not even that.</summary>
internal sealed class WhyGate
{
    private byte[]? _hash;

    /// <param name="keySha256">Hex; empty: nobody.</param>
    public void Use(string keySha256) => Volatile.Write(ref _hash, keySha256.Length == 0 ? null : Convert.FromHexString(keySha256));

    /// <returns>The key that the request shows; null when it shows none, or a wrong one: it is then a request like any other.</returns>
    public string? Admit(IHeaderDictionary headers)
    {
        if (Volatile.Read(ref _hash) is not { } hash || !headers.TryGetValue(WhyKey.Header, out var values))
        {
            return null;
        }

        string key = values.ToString();
        return key.Length == WhyKey.Length && CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(key))) ? key : null;
    }
}

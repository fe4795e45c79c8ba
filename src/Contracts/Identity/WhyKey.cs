using System.Security.Cryptography;
using System.Text;

namespace MeshInsight.Contracts.Identity;

/// <summary>
/// What a caller shows to have one request explained (<c>x-mesh-why</c>). It is made from the mesh token, so who has that has it; it opens nothing else, so a header
/// that ends up in a log gives no more away than this. Sidecars know its hash only.
/// </summary>
public static class WhyKey
{
    /// <summary>The request header that carries it.</summary>
    public const string Header = "x-mesh-why";

    /// <summary>Characters of a key and of its hash: 32 bytes in hex.</summary>
    public const int Length = 64;

    public static string Of(string meshToken) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(meshToken), "meshinsight why"u8));

    /// <summary>What sidecars are told, in hex.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public static bool IsHash(string text) => text.Length == Length && text.All(char.IsAsciiHexDigitLower);
}

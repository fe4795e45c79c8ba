using System.Security.Cryptography;
using System.Text;

namespace MeshInsight.Grpc.Server;

/// <summary>The mesh token as a server checks it. Holds a hash, so that neither a log nor a dump of this object shows the token.</summary>
public sealed class BearerToken
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash;

    public BearerToken(string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        _hash = Hash(token);
    }

    /// <summary>Reads the first line of a token file (<c>MESH_TOKEN_FILE</c>).</summary>
    /// <exception cref="InvalidDataException">The file is empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BearerToken FromFile(string path) => new(ReadFile(path));

    /// <summary>The token itself, for a program that presents it.</summary>
    /// <exception cref="InvalidDataException">The file is empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string ReadFile(string path)
    {
        string token = File.ReadLines(path).FirstOrDefault("").Trim();
        return token.Length > 0 ? token : throw new InvalidDataException($"Token file {path} is empty.");
    }

    /// <summary>Whether the value of an <c>authorization</c> header presents the token. Takes the same time whatever part of it is wrong.</summary>
    public bool Matches(string? authorization) =>
        authorization is not null
        && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(_hash, Hash(authorization[Scheme.Length..].Trim()));

    public override string ToString() => "(token)";

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

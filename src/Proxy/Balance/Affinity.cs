using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>What a request hashes to, so that the same user finds the same endpoint. Allocates only for a cookie that is given out.</summary>
internal static class Affinity
{
    /// <param name="config">Null for a balancer that does not hash.</param>
    /// <returns>0 when the request does not carry what is asked for: any endpoint will do.</returns>
    public static ulong Hash(HashConfig? config, HttpContext context, Random random) => config?.Source switch
    {
        null => 0,
        HashSource.Header => context.Request.Headers.TryGetValue(config.Name, out var values) && values[0] is { } value ? KeyHash.Of(value) : 0,
        HashSource.Cookie => HashCookie(config, context, random),
        _ => context.Connection.RemoteIpAddress is { } address ? KeyHash.Of(address) : 0,
    };

    /// <summary>Of a connection, which has an address and nothing else.</summary>
    public static ulong Hash(HashConfig? config, IPAddress? client) => config?.Source == HashSource.Source && client is not null ? KeyHash.Of(client) : 0;

    private static ulong HashCookie(HashConfig config, HttpContext context, Random random)
    {
        foreach (string? line in context.Request.Headers.Cookie)
        {
            foreach (var part in line.AsSpan().Split(';'))
            {
                var pair = line.AsSpan(part).Trim();
                if (pair.Length > config.Name.Length && pair[config.Name.Length] == '=' && pair.StartsWith(config.Name, StringComparison.Ordinal))
                {
                    return KeyHash.Of(pair[(config.Name.Length + 1)..]);
                }
            }
        }

        return config.CookieLife > TimeSpan.Zero ? Give(config, context, random) : 0;
    }

    private static ulong Give(HashConfig config, HttpContext context, Random random)
    {
        string value = random.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
        string cookie = string.Create(
            CultureInfo.InvariantCulture, $"{config.Name}={value}; Max-Age={(long)Math.Ceiling(config.CookieLife.TotalSeconds)}; Path={config.CookiePath}; HttpOnly; SameSite=Lax");
        // With the response's head, whoever writes it: a retry clears what was set before.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Append("Set-Cookie", cookie);
            return Task.CompletedTask;
        });
        return KeyHash.Of(value);
    }
}

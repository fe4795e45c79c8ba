using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Identity;

/// <summary>What this instance and the control plane show each other. The token file is read at every connect: it may be written after us, or anew.</summary>
/// <param name="tokenFile">Empty for none.</param>
/// <param name="identity">Null where mutual TLS is off.</param>
internal sealed partial class ControlCredentials(Uri? controlUrl, string tokenFile, IdentityState? identity, ILogger logger)
{
    // Said once, not at every try.
    private volatile bool _unreadable;

    /// <summary>Opens the stream; null for none. A join token is good for one certificate only, so what came with that is the token then.</summary>
    public string? Token() =>
        ReadFile() is { } token && !token.StartsWith(ControlPlaneProof.JoinPrefix, StringComparison.Ordinal) ? token
        : identity?.Current is { AccessToken.Length: > 0 } current ? current.AccessToken
        : null;

    /// <summary>Asks for a certificate; null for none.</summary>
    public string? Secret() => ReadFile() is { } token ? ControlPlaneProof.SecretOf(token) : null;

    /// <summary>Whether the certificate is the control plane's; asked before anything is sent.</summary>
    public bool IsControlPlane(X509Certificate2 certificate)
    {
        bool isProved = ControlPlaneProof.IsProved(certificate, ReadFile());
        if (!isProved)
        {
            Log.NotTheControlPlane(logger, controlUrl!, tokenFile);
        }

        return isProved;
    }

    private string? ReadFile()
    {
        if (tokenFile.Length == 0)
        {
            return null;
        }

        try
        {
            string token = File.ReadAllText(tokenFile).Trim();
            _unreadable = false;
            return token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_unreadable)
            {
                _unreadable = true;
                Log.NoToken(logger, tokenFile, e.Message);
            }

            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1031, LogLevel.Warning, "The token file {Path} cannot be read, the control plane will refuse us: {Reason} It is looked for at every try.")]
        public static partial void NoToken(ILogger logger, string path, string reason);

        [LoggerMessage(1032, LogLevel.Warning, "{Url} did not prove that it is the control plane: its key is not the one that the token in \"{TokenFile}\" stands for. Nothing was sent to it.")]
        public static partial void NotTheControlPlane(ILogger logger, Uri url, string tokenFile);
    }
}

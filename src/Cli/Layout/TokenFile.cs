using System.Security.Cryptography;

namespace MeshInsight.Cli.Layout;

/// <summary>The token that whatever changes the mesh must present. Only the user who started the mesh can read it.</summary>
internal static class TokenFile
{
    private const int TokenBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the file when it does not exist, and takes other people's rights away when it does.</summary>
    public static void Ensure(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }

            return;
        }

        // The mode is set at creation: set afterwards, there would be a moment in which others may open the file.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var writer = new StreamWriter(path, options);
        writer.WriteLine(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes)));
    }

    /// <returns>Null when there is no token to present.</returns>
    public static string? TryRead(string path)
    {
        try
        {
            string token = File.ReadLines(path).FirstOrDefault("").Trim();
            return token.Length > 0 ? token : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace MeshInsight.ControlPlane.Api;

/// <summary>The mesh token's file. Whoever starts first may have made it; else it is made here, readable by its owner only.</summary>
internal static class TokenFile
{
    private const int TokenBytes = 32;

    public static void EnsureExists(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(path, options);
        stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes)) + "\n"));
    }
}

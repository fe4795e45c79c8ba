using System.Runtime.Versioning;
using MeshInsight.Cli.Layout;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.Layout;

[UnsupportedOSPlatform("windows")]
public sealed class TokenFileTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void Ensure_NoFile_MakesOneThatOnlyItsOwnerCanRead()
    {
        using var directory = new TempDirectory();
        string path = directory.File("state/token");

        TokenFile.Ensure(path);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal(64, TokenFile.TryRead(path)!.Length);
    }

    [Fact]
    public void Ensure_FileOthersCanRead_KeepsTheTokenAndTakesTheirRights()
    {
        using var directory = new TempDirectory();
        string path = directory.File("token");
        File.WriteAllText(path, "kept\n");
        File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        TokenFile.Ensure(path);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal("kept", TokenFile.TryRead(path));
    }

    [Fact]
    public void TryRead_NoFile_IsNull()
    {
        using var directory = new TempDirectory();

        Assert.Null(TokenFile.TryRead(directory.File("token")));
    }
}

using MeshInsight.Grpc.Server;
using MeshInsight.Testing;

namespace MeshInsight.Grpc.Tests.Server;

public sealed class BearerTokenTests
{
    [Theory]
    [InlineData("Bearer secret", true)]
    [InlineData("bearer  secret ", true)]
    [InlineData("Bearer secret2", false)]
    [InlineData("Bearer", false)]
    [InlineData("Basic secret", false)]
    [InlineData("secret", false)]
    [InlineData(null, false)]
    public void Matches_Header_OnlyTheTokenInItsScheme(string? authorization, bool expected) =>
        Assert.Equal(expected, new BearerToken("secret").Matches(authorization));

    [Fact]
    public void FromFile_WithNewline_TakesTheFirstLine()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory.File("token"), "secret\n");

        Assert.True(BearerToken.FromFile(directory.File("token")).Matches("Bearer secret"));
    }

    [Fact]
    public void FromFile_Empty_NamesTheFile()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory.File("token"), "\n");

        var failure = Assert.Throws<InvalidDataException>(() => BearerToken.FromFile(directory.File("token")));
        Assert.Contains(directory.File("token"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_Token_DoesNotShowIt() => Assert.DoesNotContain("secret", new BearerToken("secret").ToString(), StringComparison.Ordinal);
}

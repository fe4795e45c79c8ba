using System.Text;
using MeshInsight.EmbeddedClickHouse.Statements;
using MeshInsight.Testing;

namespace MeshInsight.EmbeddedClickHouse.Tests.Statements;

public sealed class SqlScannerTests
{
    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("a -- b\nc", "a|c")]
    [InlineData("a // b\nc", "a|c")]
    [InlineData("a # b\nc", "a|c")]
    [InlineData("a /* /* b */ ' */ c", "a|c")]
    [InlineData("a /* b */* c", "a|*|c")]
    [InlineData("a /*/ b */ c", "a|c")]
    [InlineData("'it''s -- no comment' x", "'it'|'s -- no comment'|x")]
    [InlineData(@"'\'' x", @"'\''|x")]
    [InlineData("$h$ ' $x$ $h$ y", "$h$ ' $x$ $h$|y")]
    [InlineData("a$b$c d", "a$b$c|d")]
    [InlineData("\u2018it's\u2019 x", "\u2018it's\u2019|x")]
    [InlineData("\u201Ca'b\u201D x", "\u201Ca'b\u201D|x")]
    public void TryRead_ClickHouseText_SplitsAsItsLexerDoes(string sql, string expected) => Assert.Equal(expected, string.Join("|", Tokens(sql)));

    [Fact]
    public void TryRead_AnyBytes_EndsAndCoversOnlyTheText() => Property.ForAll(500, random =>
    {
        const string Alphabet = "aF('\"`$/*-#\\\n[{:=\u2018\u201C ";
        byte[] sql = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Alphabet[random.Next(Alphabet.Length)])));
        var scanner = new SqlScanner(sql);
        int last = 0;
        while (scanner.TryRead())
        {
            Assert.True(scanner.Start >= last && scanner.End > scanner.Start && scanner.End <= sql.Length);
            last = scanner.End;
        }
    });

    private static List<string> Tokens(string sql)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(sql);
        var scanner = new SqlScanner(bytes);
        var tokens = new List<string>();
        while (scanner.TryRead())
        {
            tokens.Add(Encoding.UTF8.GetString(scanner.Token));
        }

        return tokens;
    }
}

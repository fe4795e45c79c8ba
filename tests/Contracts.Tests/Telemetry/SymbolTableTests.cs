using System.Text;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Telemetry;

public sealed class SymbolTableTests
{
    [Fact]
    public void Add_AnyTexts_NumbersEachOnce() => Property.ForAll(100, random =>
    {
        var table = new SymbolTable();
        var known = new Dictionary<string, int> { [""] = 0 };
        for (int i = 0; i < 500; i++)
        {
            string text = new string('a', random.Next(40)) + random.Next(200);
            int symbol = table.Add(Encoding.UTF8.GetBytes(text));
            Assert.Equal(known.TryGetValue(text, out int expected) ? expected : known.Count, symbol);
            known[text] = symbol;
        }

        Assert.Equal(known.Count, table.Count);
        foreach (var (text, symbol) in known)
        {
            Assert.Equal(text, table.GetString(symbol));
            Assert.Equal(symbol, table.Find(Encoding.UTF8.GetBytes(text)));
            Assert.Equal(symbol, table.Add(text.AsSpan()));
        }

        Assert.Equal(-1, table.Find("never added"u8));
    });

    [Fact]
    public void Add_TextsOfEveryLength_AreToldApart()
    {
        var table = new SymbolTable();
        for (int length = 0; length < 70; length++)
        {
            byte[] text = new byte[length];
            for (int changed = 0; changed < length; changed++)
            {
                text[changed] = 1;
                table.Add(text);
                text[changed] = 0;
            }
        }

        Assert.Equal(1 + (69 * 70 / 2), table.Count);
    }

    [Fact]
    public void Clear_UsedTable_KeepsOnlyTheEmptyText()
    {
        var table = new SymbolTable();
        table.Add("checkout"u8);
        table.Clear();

        Assert.Equal(1, table.Count);
        Assert.Equal(0, table.Find(""u8));
        Assert.Equal(-1, table.Find("checkout"u8));
        Assert.Equal(1, table.Add("payment"u8));
    }

    [Fact]
    public void Truncate_AnyTable_ForgetsOnlyTheLaterTexts() => Property.ForAll(50, random =>
    {
        var table = new SymbolTable();
        string[] texts = [.. Enumerable.Range(0, random.Next(2, 300)).Select(i => "text " + i)];
        int kept = random.Next(1, texts.Length);
        foreach (string text in texts)
        {
            table.Add(text.AsSpan());
        }

        table.Truncate(1 + kept);

        Assert.Equal(1 + kept, table.Count);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(i < kept ? 1 + i : -1, table.Find(Encoding.UTF8.GetBytes(texts[i])));
        }

        Assert.Equal(1 + kept, table.Add("new"u8));
    });

    [Fact]
    public void Add_LongCharText_IsStoredAsUtf8()
    {
        var table = new SymbolTable();
        string text = new('ü', 400);

        Assert.Equal(text, table.GetString(table.Add(text.AsSpan())));
    }
}

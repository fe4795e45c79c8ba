using System.Globalization;
using System.Net;
using System.Text.Json;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Logs;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Logs;

public sealed class JsonLineTests
{
    [Fact]
    public void Line_OfAnyTexts_IsReadBackAsWritten() => Property.ForAll(200, random =>
    {
        string[] texts = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => AnyText(random))];
        var line = new JsonLine();
        for (int round = 0; round < 2; round++)
        {
            line.Begin();
            for (int i = 0; i < texts.Length; i++)
            {
                line.Text("text"u8, texts[i]);
            }

            line.Number("number"u8, long.MinValue);
            line.End();
        }

        using var read = JsonDocument.Parse(line.Object.ToArray());
        var members = read.RootElement.EnumerateObject().ToList();
        Assert.Equal(texts.Select(t => t.Length == 0 ? null : t), members.SkipLast(1).Select(m => m.Value.GetString()));
        Assert.Equal(long.MinValue, members[^1].Value.GetInt64());
    });

    [Fact]
    public void Line_OfALongText_IsCut()
    {
        var line = new JsonLine();
        line.Begin();
        line.Text("text"u8, new string('\u0001', 100_000));
        line.End();

        using var read = JsonDocument.Parse(line.Object.ToArray());
        Assert.Equal(LineBuffer.MaxTextLength, read.RootElement.GetProperty("text").GetString()!.Length);
    }

    [Fact]
    public void Line_OfTimesAddressesAndIds_IsWrittenAsOthersWriteThem()
    {
        var time = new DateTime(2026, 11, 21, 12, 30, 1, 250, DateTimeKind.Utc);
        var line = new JsonLine();
        line.Begin();
        line.Time("time"u8, time);
        line.Address("v4"u8, IPAddress.Parse("10.1.2.3"), 65535);
        line.Address("v6"u8, IPAddress.Parse("fe80::1"), 0);
        line.Address("none"u8, null, 1);
        line.Id("id"u8, new TraceId(1, 0xabc));
        line.End();

        using var read = JsonDocument.Parse(line.Object.ToArray());
        string?[] values = [.. read.RootElement.EnumerateObject().Select(m => m.Value.GetString())];
        Assert.Equal(time, DateTime.Parse(values[0]!, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind));
        Assert.Equal(new string?[] { "10.1.2.3:65535", "fe80::1:0", null, "00000000000000010000000000000abc" }, values.Skip(1));
    }

    // Quotes, backslashes, control characters, other scripts, pairs of surrogates.
    private static string AnyText(Random random)
    {
        string[] pieces = ["plain text ", "\"", "\\", "\n", "\u0000", "\u001f", "ä", "日本", "😀", "/cart?x=1&y=<2>"];
        return string.Concat(Enumerable.Range(0, random.Next(0, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
    }
}

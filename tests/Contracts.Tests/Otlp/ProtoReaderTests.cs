using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

public sealed class ProtoReaderTests
{
    [Theory]
    [InlineData("08", nameof(ProtoFault.Truncated), 1)]
    [InlineData("0880", nameof(ProtoFault.Truncated), 1)]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01", nameof(ProtoFault.VarintTooLong), 1)]
    [InlineData("09010203", nameof(ProtoFault.Truncated), 1)]
    [InlineData("0A05010203", nameof(ProtoFault.Truncated), 2)]
    [InlineData("0AFFFFFFFF0F", nameof(ProtoFault.Truncated), 6)]
    [InlineData("0D0102", nameof(ProtoFault.Truncated), 1)]
    [InlineData("00", nameof(ProtoFault.BadFieldNumber), 1)]
    [InlineData("0E", nameof(ProtoFault.BadWireType), 1)]
    [InlineData("0C", nameof(ProtoFault.UnexpectedEndGroup), 1)]
    [InlineData("0B1001", nameof(ProtoFault.Truncated), 3)]
    [InlineData("0B14", nameof(ProtoFault.UnexpectedEndGroup), 2)]
    [InlineData("F8FFFFFFFF01", nameof(ProtoFault.BadFieldNumber), 6)]
    public void Skip_BadBytes_SticksAtTheFault(string hex, string fault, int position) => SkipAll(hex, Enum.Parse<ProtoFault>(fault), position);

    [Theory]
    [InlineData("")]
    [InlineData("0801")]
    [InlineData("0B0801120161 0B0C 0C 1001")]
    [InlineData("0A00")]
    [InlineData("FAFFFFFF0F0161")]
    public void Skip_ValidFields_ReachesTheEnd(string hex) => SkipAll(hex.Replace(" ", "", StringComparison.Ordinal), ProtoFault.None, null);

    [Fact]
    public void Skip_DeepGroups_IsRefusedNotOverflowed()
    {
        byte[] bytes = new byte[1_000_000];
        Array.Fill(bytes, (byte)0x0B);
        var reader = new ProtoReader(bytes);

        Assert.True(reader.Next());
        reader.Skip();

        Assert.Equal(ProtoFault.GroupTooDeep, reader.Fault);
    }

    [Fact]
    public void Read_OtherWireType_IsAFault()
    {
        var reader = new ProtoReader([0x08, 1]);

        Assert.True(reader.Next());
        Assert.True(reader.ReadBytes().IsEmpty);

        Assert.Equal(ProtoFault.UnexpectedWireType, reader.Fault);
        Assert.False(reader.Next());
    }

    [Fact]
    public void Read_NestedMessage_KeepsTheOffsetOfTheRequest()
    {
        var reader = new ProtoReader([0x08, 1, 0x12, 2, 0x08, 0x80, 0x18, 5]);
        Assert.True(reader.Next());
        reader.Skip();
        Assert.True(reader.Next());
        var nested = reader.ReadMessage();

        Assert.True(nested.Next());
        nested.ReadVarint();

        Assert.Equal((ProtoFault.Truncated, 5), (nested.Fault, nested.Position));
        Assert.True(reader.Next());
        Assert.Equal((3, 5UL), (reader.Field, reader.ReadVarint()));
    }

    [Fact]
    public void Write_AnyFields_ReadsBackWithMinimalLengths() => Property.ForAll(300, random =>
    {
        ulong varint = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        byte[] bytes = new byte[random.Next(3) switch { 0 => random.Next(200), 1 => random.Next(40_000), _ => 0 }];
        random.NextBytes(bytes);
        int prefix = random.Next(1, 4);
        var writer = new ProtoWriter(random.Next(100));
        int mark = writer.Begin(7, prefix);
        writer.WriteVarintAlways(1, varint);
        writer.WriteBytesAlways(2000, bytes);
        writer.End(mark, prefix);
        writer.WriteFixed32(3, 9);

        var reader = new ProtoReader(writer.Written);

        Assert.True(reader.Next());
        var nested = reader.ReadMessage();
        Assert.True(nested.Next());
        Assert.Equal((1, varint), (nested.Field, nested.ReadVarint()));
        Assert.True(nested.Next());
        Assert.Equal(2000, nested.Field);
        Assert.Equal(bytes, nested.ReadBytes().ToArray());
        Assert.False(nested.Next() || nested.HasFault);
        Assert.True(reader.Next());
        Assert.Equal(9u, reader.ReadFixed32());
        int content = 1 + VarintBytes(varint) + 2 + VarintBytes((ulong)bytes.Length) + bytes.Length;
        Assert.Equal(1 + VarintBytes((ulong)content) + content + 5, writer.Written.Length);
        writer.Dispose();
    });

    private static int VarintBytes(ulong value) => value < 128 ? 1 : 1 + VarintBytes(value >> 7);

    private static void SkipAll(string hex, ProtoFault fault, int? position)
    {
        var reader = new ProtoReader(Convert.FromHexString(hex));
        while (reader.Next())
        {
            reader.Skip();
        }

        Assert.Equal(fault, reader.Fault);
        Assert.Equal(position ?? (hex.Length / 2), reader.Position);
    }
}

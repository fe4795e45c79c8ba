using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Telemetry;

public sealed class ColumnTests
{
    [Fact]
    public void Column_AddExtendTruncate_HoldsWhatWasAdded()
    {
        var column = new Column<int>();
        for (int i = 0; i < 100; i++)
        {
            column.Add(i);
        }

        column.AddRange([100, 101, 102]);
        column.Extend(2).Fill(7);
        Assert.Equal(105, column.Count);
        Assert.Equal([.. Enumerable.Range(0, 103), 7, 7], column.Span.ToArray());

        column.Truncate(3);
        column[1] = 50;
        Assert.Equal([0, 50, 2], column.Span.ToArray());
    }

    [Fact]
    public void Column_IndexOutside_Throws()
    {
        var column = new Column<int>();
        column.Add(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => column[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => column[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => column.Truncate(2));
    }

    [Fact]
    public void Clear_FilledColumn_KeepsItsMemory()
    {
        var column = new Column<long>();
        column.Extend(1000);
        long capacity = column.CapacityBytes;
        column.Clear();

        Assert.Equal((0, capacity), (column.Count, column.CapacityBytes));
        Assert.True(capacity >= 8000);
    }
}

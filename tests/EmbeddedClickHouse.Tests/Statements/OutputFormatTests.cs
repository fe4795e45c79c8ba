using System.Text;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Tests.Statements;

public sealed class OutputFormatTests
{
    [Theory]
    [InlineData("SELECT 1", null, "TabSeparated")]
    [InlineData("SELECT 1", "JSON", "JSON")]
    [InlineData("SELECT 1 FORMAT CSV", "JSON", "CSV")]
    [InlineData("SELECT 1 FORMAT CSV SETTINGS max_threads = 1;", null, "CSV")]
    [InlineData("SELECT 1 -- FORMAT CSV", null, "TabSeparated")]
    [InlineData("SELECT ' FORMAT CSV'", null, "TabSeparated")]
    [InlineData("SELECT * FROM (SELECT 1 FORMAT CSV) FORMAT JSONEachRow", null, "JSONEachRow")]
    public void Of_StatementAndRequest_TheStatementWins(string sql, string? asked, string expected) =>
        Assert.Equal(expected, OutputFormat.Of(Encoding.UTF8.GetBytes(sql), asked).Name);

    [Theory]
    [InlineData("JSONEachRow", true, "application/x-ndjson; charset=UTF-8")]
    [InlineData("JSON", false, "application/json; charset=UTF-8")]
    [InlineData("JSONCompact", false, "application/json; charset=UTF-8")]
    [InlineData("CSVWithNames", false, "text/csv; charset=UTF-8; header=present")]
    [InlineData("TSV", true, "text/tab-separated-values; charset=UTF-8")]
    [InlineData("Native", true, "application/octet-stream")]
    [InlineData("Parquet", false, "application/octet-stream")]
    public void Format_ByName_StreamsOnlyWhatCanBeJoined(string name, bool streams, string contentType)
    {
        var format = new OutputFormat(name);
        Assert.Equal((streams, contentType), (format.CanStream, format.ContentType));
    }
}

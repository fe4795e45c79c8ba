using System.Text;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Tests.Statements;

public sealed class InsertHeadTests
{
    [Theory]
    [InlineData("INSERT INTO t FORMAT TSV\n1\t2", "INSERT INTO t ", "TSV", "1\t2")]
    [InlineData("insert into t (a, b) format JSONEachRow {\"a\":1}", "insert into t (a, b) ", "JSONEachRow", "{\"a\":1}")]
    [InlineData("/* x */ INSERT INTO t FORMAT CSV\r\n1,2", "/* x */ INSERT INTO t ", "CSV", "1,2")]
    [InlineData("INSERT INTO t SETTINGS a = 1 FORMAT TSV \n\n", "INSERT INTO t SETTINGS a = 1 ", "TSV", "\n")]
    [InlineData("INSERT INTO t (`format`, \"values\") VALUES (1, ';\n\n')", "INSERT INTO t (`format`, \"values\") ", "Values", " (1, ';\n\n')")]
    [InlineData("INSERT INTO t(a) VALUES(1)", "INSERT INTO t(a) ", "Values", "(1)")]
    public void Read_InsertWithData_SplitsBeforeTheData(string text, string sql, string format, string data)
    {
        var head = InsertHead.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(StatementForm.InsertWithData, head.Form);
        Assert.Equal((sql, format, data), (text[..head.SqlLength], head.Format, text[head.DataOffset..]));
    }

    [Theory]
    [InlineData("SELECT 1", nameof(StatementForm.Other))]
    [InlineData("", nameof(StatementForm.Other))]
    [InlineData("-- INSERT\nSELECT 'INSERT INTO t FORMAT TSV'", nameof(StatementForm.Other))]
    [InlineData("INSERT INTO t SELECT 1 FORMAT TSV", nameof(StatementForm.InsertSelect))]
    [InlineData("INSERT INTO t (a) (SELECT 1)", nameof(StatementForm.InsertSelect))]
    [InlineData("INSERT INTO t WITH 1 AS x SELECT x", nameof(StatementForm.InsertSelect))]
    [InlineData("INSERT INTO t SELECT a FROM input('a Int8') FORMAT TSV\n1", nameof(StatementForm.InsertFromInput))]
    [InlineData("INSERT INTO t (a)", nameof(StatementForm.InsertUnfinished))]
    [InlineData("INSERT INTO t FORMAT", nameof(StatementForm.InsertUnfinished))]
    public void Read_OtherStatement_TellsItsForm(string text, string form) => Assert.Equal(form, InsertHead.Read(Encoding.UTF8.GetBytes(text)).Form.ToString());
}

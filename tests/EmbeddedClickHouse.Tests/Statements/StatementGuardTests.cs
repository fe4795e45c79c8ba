using System.Text;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Tests.Statements;

public sealed class StatementGuardTests
{
    [Theory]
    [InlineData("SELECT file('/etc/passwd')")]
    [InlineData("SELECT `file`('/etc/passwd')")]
    [InlineData("SELECT \"file\" ('/etc/passwd')")]
    [InlineData("SELECT `fi\\x6ce`('/etc/passwd')")]
    [InlineData("SELECT \u201Cfile\u201D('/etc/passwd')")]
    [InlineData("SELECT * APPLY(file) FROM x")]
    [InlineData("SELECT arrayMap(file, ['/etc/passwd'])")]
    [InlineData("SELECT $a$'$a$, file('/etc/passwd'), ''")]
    [InlineData("SELECT /* /* */ ' */ file('/etc/passwd') -- '")]
    [InlineData("SELECT 1 INTO OUTFILE '/tmp/x'")]
    [InlineData("SELECT 1 INTO /**/ outfile '/tmp/x'")]
    [InlineData("INSERT INTO t FROM INFILE '/etc/passwd' FORMAT TSV")]
    [InlineData("CREATE DATABASE d ENGINE = Filesystem('/')")]
    [InlineData("CREATE DATABASE d ENGINE Filesystem('/')")]
    [InlineData("CREATE TABLE t (a String) ENGINE Executable('id', TSV)")]
    [InlineData("create database d on cluster c engine=`SQLite`('/x')")]
    [InlineData("CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = web, endpoint = 'http://x')")]
    [InlineData("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])")]
    public void Refusal_ReachesOut_SaysWhat(string sql) => Assert.NotNull(StatementGuard.Refusal(Encoding.UTF8.GetBytes(sql), [new("f", "file")]));

    [Theory]
    [InlineData("SELECT 'file', \"files\", filename FROM t WHERE path = 'INTO OUTFILE' -- file")]
    [InlineData("CREATE DATABASE d ENGINE = Atomic")]
    [InlineData("CREATE TABLE d.t (a Int8) ENGINE = MergeTree ORDER BY a")]
    [InlineData("SELECT {f:String}, {g:Identifier}")]
    [InlineData("INSERT INTO t SELECT * FROM s")]
    [InlineData("SELECT engine FROM system.tables WHERE engine = 'Executable'")]
    public void Refusal_StaysInside_IsNone(string sql) => Assert.Null(StatementGuard.Refusal(Encoding.UTF8.GetBytes(sql), [new("f", "file"), new("g", "a")]));
}

using System.Buffers;
using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Sessions;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>Runs one statement: an INSERT's data goes in as it arrives, a SELECT's rows go out as they come, everything else is run and answered.</summary>
internal sealed class StatementRunner(StatementRequest request, RequestBody body, ConnectionLease lease, Answer answer, CancellationToken aborted)
{
    /// <summary>Data goes to the engine in pieces of this size; also how far we look for the end of an INSERT's head.</summary>
    private const int PieceBytes = 1 << 20;

    /// <summary>A statement that is no INSERT is held in memory whole.</summary>
    private const int MaximumStatementBytes = 16 << 20;

    private EngineConnection Connection => lease.Connection;

    public async Task RunAsync()
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            byte[] text = request.Text;
            int fromBody = 0;
            if (text.Length == 0 && !request.BodyIsForm)
            {
                fromBody = await body.ReadAsync(piece.AsMemory(0, PieceBytes), aborted);
                text = piece[..fromBody];
            }

            var head = InsertHead.Read(text);
            if (head.Form == StatementForm.InsertWithData && !head.DataIsSql)
            {
                Guard(text.AsSpan(0, head.SqlLength));
                await InsertAsync(text, head, piece, hasMore: !request.BodyIsForm);
                return;
            }

            byte[] whole = await ReadWholeAsync(text, fromBody, piece);
            Guard(whole);
            head = InsertHead.Read(whole);
            if (head.Form == StatementForm.InsertWithData)
            {
                await InsertAsync(whole, head, piece, hasMore: false);
                return;
            }

            Refuse(head.Form);
            await QueryAsync(whole);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async Task InsertAsync(byte[] text, InsertHead head, byte[] piece, bool hasMore)
    {
        if (request.ReadsOnly)
        {
            throw new EngineException(ErrorCode.Readonly, "Cannot execute query in readonly mode: GET changes nothing. Send an INSERT by POST.");
        }

        using var insert = InsertStream.Open(Connection, text.AsSpan(0, head.SqlLength), head.Format, request.Parameters);
        insert.Append(text.AsSpan(head.DataOffset));
        int length;
        while (hasMore && (length = await body.ReadAsync(piece.AsMemory(0, PieceBytes), aborted)) > 0)
        {
            insert.Append(piece.AsSpan(0, length));
        }

        answer.Empty(insert.Complete());
    }

    /// <summary>A statement in the address continues in the body.</summary>
    private async Task<byte[]> ReadWholeAsync(byte[] text, int fromBody, byte[] piece)
    {
        if (request.BodyIsForm || request.ReadsOnly || (text.Length == fromBody && fromBody < PieceBytes))
        {
            return text;
        }

        using var whole = new MemoryStream();
        whole.Write(text);
        if (fromBody == 0)
        {
            whole.WriteByte((byte)'\n');
        }

        int length;
        while ((length = await body.ReadAsync(piece.AsMemory(0, PieceBytes), aborted)) > 0)
        {
            whole.Write(piece, 0, length);
            if (whole.Length > MaximumStatementBytes)
            {
                throw new EngineException(ErrorCode.QueryIsTooLarge, $"The statement is longer than {MaximumStatementBytes} bytes. Send data by INSERT … FORMAT, or as a parameter.");
            }
        }

        return whole.ToArray();
    }

    private void Guard(ReadOnlySpan<byte> sql)
    {
        if (StatementGuard.Refusal(sql, request.Parameters) is { } refused)
        {
            throw new EngineException(ErrorCode.AccessDenied, $"SQL stays inside the embedded engine's tables; refused is {refused}.");
        }
    }

    private static void Refuse(StatementForm form)
    {
        // Both would reach the engine's parser with data in them, which ends data at an empty line and runs the rest as SQL.
        if (form == StatementForm.InsertFromInput)
        {
            throw new EngineException(ErrorCode.NotImplemented, "INSERT … SELECT FROM input() is not supported. Insert into a Null table with a materialized view that selects.");
        }

        if (form == StatementForm.InsertUnfinished)
        {
            throw new EngineException(ErrorCode.SyntaxError, "An INSERT needs FORMAT and a format's name, VALUES, or SELECT.");
        }
    }

    private async Task QueryAsync(byte[] sql)
    {
        if (!new SqlScanner(sql).TryRead())
        {
            throw new EngineException(ErrorCode.SyntaxError, "Empty query.");
        }

        var kind = Connection.Classify(sql);
        if (kind.Statements > 1)
        {
            throw new EngineException(ErrorCode.SyntaxError, "Syntax error (Multi-statements are not allowed). Send one statement per request.");
        }

        if (request.ReadsOnly && lease.IsHeld && !kind.ReadsOnly)
        {
            throw new EngineException(ErrorCode.Readonly, "Cannot execute query in readonly mode: GET changes nothing. Send the statement by POST.");
        }

        var format = OutputFormat.Of(sql, request.Format);
        if (kind.ReadsOnly && format.CanStream && !request.WaitForEnd && OutputFormat.IsQuery(sql))
        {
            await StreamAsync(sql, format);
            return;
        }

        using var result = Connection.Query(sql, format.Name, request.Parameters);
        await result.Open().CopyToAsync(answer.Begin(format, result.Statistics), aborted);
        await answer.EndAsync();
    }

    /// <summary>The first chunk decides the HTTP status; an error after it can only be told inside the body.</summary>
    private async Task StreamAsync(byte[] sql, OutputFormat format)
    {
        using var rows = RowStream.Open(Connection, sql, format.Name, request.Parameters);
        Stream? output = null;
        EngineException? late = null;
        try
        {
            while (rows.Read() is { } chunk)
            {
                using (chunk)
                {
                    output ??= answer.Begin(format, chunk.Statistics);
                    await chunk.Open().CopyToAsync(output, aborted);
                }
            }
        }
        catch (EngineException failure) when (output is not null)
        {
            late = failure;
        }

        if (late is not null)
        {
            await answer.BreakAsync(late.Message);
        }

        if (output is null)
        {
            answer.Begin(format, default);
        }

        await answer.EndAsync();
    }
}

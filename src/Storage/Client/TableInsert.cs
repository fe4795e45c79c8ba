namespace MeshInsight.Storage.Client;

/// <summary>
/// Rows on their way into one table. <see cref="WriteAsync"/> writes Native bytes, to the server or to a spool file; what a file holds is inserted
/// later by a <see cref="TableInsert"/> of the same table and columns that copies the file. Writing twice gives the same bytes.
/// </summary>
/// <param name="Rows">For figures only; 0 when unknown.</param>
public sealed record TableInsert(string Table, IReadOnlyList<string> Columns, int Rows, Func<Stream, CancellationToken, Task> WriteAsync);

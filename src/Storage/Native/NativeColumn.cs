namespace MeshInsight.Storage.Native;

/// <summary>
/// One column of a block as it was read. The static writers beside each implementation produce the same bytes. A getter of the wrong kind throws
/// <see cref="InvalidCastException"/> naming the type: our queries and their readers are written together, so that is a bug.
/// </summary>
internal abstract class NativeColumn(string type)
{
    /// <summary>The ClickHouse type as the server wrote it.</summary>
    public string Type => type;

    /// <summary>State that stands before the data of the outermost column (dictionary versions); most types have none.</summary>
    public virtual ValueTask ReadPrefixAsync(NativeInput input, CancellationToken cancel) => ValueTask.CompletedTask;

    public abstract ValueTask ReadAsync(NativeInput input, int rows, CancellationToken cancel);

    public virtual string Text(int row) => throw Wrong("text");

    public virtual long Int(int row) => throw Wrong("an integer");

    public virtual double Double(int row) => throw Wrong("a number");

    /// <summary>A time as nanoseconds since 1970.</summary>
    public virtual long UnixNanos(int row) => throw Wrong("a time");

    private InvalidCastException Wrong(string wanted) => new($"A column of type {type} was read as {wanted}.");
}

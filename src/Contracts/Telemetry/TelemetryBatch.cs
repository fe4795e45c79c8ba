namespace MeshInsight.Contracts.Telemetry;

/// <summary>What sent the telemetry. The named attributes are also in <see cref="Attributes"/>.</summary>
public readonly record struct ResourceRow(int ServiceName, int ServiceVersion, int ServiceInstance, RowRange Attributes, int SchemaUrl);

/// <summary>The library that made the telemetry.</summary>
public readonly record struct ScopeRow(int Name, int Version, RowRange Attributes, int SchemaUrl);

/// <summary>How far the shared tables were filled.</summary>
internal readonly record struct TelemetryMark(int TextBytes, int Attributes, int Resources, int Scopes, int Symbols);

/// <summary>
/// The tables that batches of spans, logs and metric points share. A batch owns its memory, is filled by one thread, then only read;
/// <see cref="Clear"/> makes it ready to be filled again. References into it end with it.
/// </summary>
public abstract class TelemetryBatch
{
    protected TelemetryBatch() => Attributes = new(Text, Symbols);

    public TextHeap Text { get; } = new();

    public SymbolTable Symbols { get; } = new();

    public AttributeTable Attributes { get; }

    public Column<ResourceRow> Resources { get; } = new();

    public Column<ScopeRow> Scopes { get; } = new();

    /// <summary>Adds a resource whose attributes are the rows from <paramref name="firstAttribute"/> to the end of <see cref="Attributes"/>.</summary>
    public int AddResource(int firstAttribute, int schemaUrl = 0)
    {
        int row = AddResource();
        SetResource(row, firstAttribute);
        SetResourceSchema(row, schemaUrl);
        return row;
    }

    /// <summary>Adds a resource that is filled later, for senders that name it after its records.</summary>
    internal int AddResource()
    {
        Resources.Add(default);
        return Resources.Count - 1;
    }

    internal void SetResource(int row, int firstAttribute)
    {
        var rows = Attributes.From(firstAttribute);
        Resources[row] = new(
            TextSymbol(rows, "service.name"u8),
            TextSymbol(rows, "service.version"u8),
            TextSymbol(rows, "service.instance.id"u8),
            rows,
            Resources[row].SchemaUrl);
    }

    internal void SetResourceSchema(int row, int schemaUrl) => Resources[row] = Resources[row] with { SchemaUrl = schemaUrl };

    /// <inheritdoc cref="AddResource()"/>
    internal int AddScope()
    {
        Scopes.Add(default);
        return Scopes.Count - 1;
    }

    internal void SetScopeSchema(int row, int schemaUrl) => Scopes[row] = Scopes[row] with { SchemaUrl = schemaUrl };

    internal TelemetryMark MarkShared() => new(Text.SizeBytes, Attributes.Count, Resources.Count, Scopes.Count, Symbols.Count);

    /// <summary>Forgets what was added since the mark, except symbols: they cost the same to forget as the whole table, which is too much for one record.</summary>
    internal void RollbackShared(in TelemetryMark mark)
    {
        Text.Truncate(mark.TextBytes);
        Attributes.Truncate(mark.Attributes);
        Resources.Truncate(mark.Resources);
        Scopes.Truncate(mark.Scopes);
    }

    /// <summary>Forgets the symbols too, once what used them is rolled back. Else refused requests would fill a batch that many requests share.</summary>
    internal void ForgetSymbols(in TelemetryMark mark) => Symbols.Truncate(mark.Symbols);

    public virtual void Clear()
    {
        Text.Clear();
        Symbols.Clear();
        Attributes.Clear();
        Resources.Clear();
        Scopes.Clear();
    }

    private int TextSymbol(RowRange rows, ReadOnlySpan<byte> key)
    {
        int row = Attributes.Find(rows, key);
        return row >= 0 && Attributes.Kind(row) == AttributeKind.Text ? Symbols.Add(Text[Attributes.Text(row)]) : 0;
    }
}

using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>
/// One OTLP export request that grows record by record, all of one resource and scope: every byte is written where it is sent from, nothing is kept per record.
/// The memory is used again after <see cref="Clear"/>. Not thread-safe.
/// </summary>
/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto (logs alike)</remarks>
public abstract class OtlpRequest
{
    // It grows to what a full request takes.
    private const int FirstCapacity = 4096;
    private const byte Groups = (GroupFields.Groups << 3) | (int)WireType.Length;
    private const byte Owner = (GroupFields.Owner << 3) | (int)WireType.Length;
    private const byte ResourceAttribute = (ResourceFields.Attributes << 3) | (int)WireType.Length;
    private const byte ScopeName = (ScopeFields.Name << 3) | (int)WireType.Length;
    private const byte ScopeVersion = (ScopeFields.Version << 3) | (int)WireType.Length;

    // Before resource and before scope: a tag and a length.
    private const int GroupPrefix = 6;

    private readonly byte[] _resource;
    private readonly byte[] _scope;
    private readonly int _head;
    private readonly byte _attribute;
    private int _record;

    private protected OtlpRequest(OtlpSource source, int attributeField)
    {
        _attribute = (byte)((attributeField << 3) | (int)WireType.Length);
        var buffer = new RecordBuffer(FirstCapacity);
        int mark = buffer.Begin(Owner);
        foreach (var (key, text) in source.Resource)
        {
            buffer.Pair(ResourceAttribute, new AttributeKey(key), text);
        }

        buffer.End(mark);
        _resource = buffer.Written.ToArray();
        buffer.Truncate(0);
        mark = buffer.Begin(Owner);
        buffer.Text(ScopeName, source.Scope);
        buffer.Text(ScopeVersion, source.ScopeVersion);
        buffer.End(mark);
        _scope = buffer.Written.ToArray();
        _head = (2 * GroupPrefix) + _resource.Length + _scope.Length;
        Buffer = buffer;
        buffer.Truncate(0);
        buffer.Skip(_head);
    }

    /// <summary>Records that have ended.</summary>
    public int Count { get; private set; }

    /// <summary>Of the records, without resource and scope.</summary>
    public int SizeBytes => Buffer.Length - _head;

    private protected RecordBuffer Buffer { get; }

    public void Text(AttributeKey key, ReadOnlySpan<char> text) => Buffer.Pair(_attribute, key, text);

    /// <param name="utf8">Taken as it is.</param>
    public void Text(AttributeKey key, ReadOnlySpan<byte> utf8) => Buffer.Pair(_attribute, key, utf8);

    public void Int(AttributeKey key, long value) => Buffer.Pair(_attribute, key, WireTag.IntValue, (ulong)value);

    public void Bool(AttributeKey key, bool value) => Buffer.Pair(_attribute, key, WireTag.BoolValue, value ? 1UL : 0);

    /// <summary>Ends the record that was begun.</summary>
    public void End()
    {
        Buffer.End(_record);
        Count++;
    }

    /// <returns>The whole request; valid until the next call of anything here.</returns>
    public ReadOnlySpan<byte> Close()
    {
        // From the records to the front, so that lengths can be minimal.
        var all = Buffer.Written;
        int at = Prepend(all, _head, _scope);
        at = PrependLength(all, at, WireTag.Member);
        at = Prepend(all, at, _resource);
        return all[PrependLength(all, at, Groups)..];
    }

    /// <summary>Forgets the records.</summary>
    public void Clear()
    {
        Buffer.Truncate(_head);
        Count = 0;
    }

    private protected void BeginRecord() => _record = Buffer.Begin(WireTag.Member);

    private static int Prepend(Span<byte> all, int at, byte[] part)
    {
        part.CopyTo(all[(at - part.Length)..]);
        return at - part.Length;
    }

    // Of all that follows.
    private static int PrependLength(Span<byte> all, int at, byte tag)
    {
        ulong length = (ulong)(all.Length - at);
        int size = Varint.Size(length);
        Varint.Write(all[(at - size)..], length);
        all[at - size - 1] = tag;
        return at - size - 1;
    }
}

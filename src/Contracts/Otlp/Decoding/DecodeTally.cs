using MeshInsight.Contracts.Otlp.Fields;
using MeshInsight.Contracts.Otlp.Wire;

namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>Counts of one decode, what it may still cost, and the first thing that went wrong. Passed by reference through the readers.</summary>
internal struct DecodeTally(OtlpLimits limits)
{
    private readonly int _maxMessageBytes = limits.MaxMessageBytes;
    private readonly int _maxRows = limits.MaxRows;
    private int _rowsLeft = limits.MaxRows;

    public readonly int MaxValueDepth { get; } = limits.MaxValueDepth;

    public int Accepted { get; set; }

    public int Rejected { get; private set; }

    public RejectReason FirstRejection { get; private set; }

    /// <summary>Why the whole request is refused; null while it is not.</summary>
    public string? Failure { get; private set; }

    public void Reject(RejectReason reason)
    {
        if (Rejected++ == 0)
        {
            FirstRejection = reason;
        }
    }

    /// <summary>Checks the size before anything is rented or read.</summary>
    public bool TakeMessage(long sizeBytes) =>
        sizeBytes <= _maxMessageBytes || Fail($"The request has {sizeBytes} bytes after decompression; the limit is {_maxMessageBytes}. Send smaller batches.");

    /// <summary>Accounts for one row, before it is added; false when the request has too many.</summary>
    public bool TakeRow() => --_rowsLeft >= 0 || Fail($"The request has more than {_maxRows} rows (records, attributes, events, buckets); send smaller batches.");

    public bool FailDepth() => Fail($"An attribute value is nested deeper than {MaxValueDepth} levels.");

    /// <returns>False, for the caller to return.</returns>
    public bool Fail(string reason)
    {
        Failure ??= reason;
        return false;
    }

    /// <summary>True when the reader came to the end of its message, else false with the fault as the failure.</summary>
    public bool Finish(in ProtoReader reader, MessageNames names) => !reader.HasFault || Fail(Describe(reader, names));

    private static string Describe(in ProtoReader reader, MessageNames names) =>
        $"Malformed protobuf at byte {reader.Position}, {names.Describe(reader.Field)}: {reader.Fault.Describe()}.";
}

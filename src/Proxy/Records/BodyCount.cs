using System.Buffers.Binary;

namespace MeshInsight.Proxy.Records;

/// <summary>
/// Bytes of a body and, for gRPC, its messages: each starts with one flag byte and a big-endian length of four, whatever way the bytes are
/// cut into reads. One writer; readers after the body's end.
/// </summary>
internal sealed class BodyCount
{
    private const int PrefixBytes = 5;

    private readonly byte[] _prefix = new byte[PrefixBytes];
    private int _prefixCount;
    private long _messageLeft;

    public long Bytes { get; private set; }

    public long Messages { get; private set; }

    public void Reset()
    {
        Bytes = 0;
        Messages = 0;
        _prefixCount = 0;
        _messageLeft = 0;
    }

    public void AddBytes(long count) => Bytes += count;

    public void AddGrpc(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_messageLeft > 0)
            {
                int skip = (int)Math.Min(_messageLeft, bytes.Length);
                _messageLeft -= skip;
                bytes = bytes[skip..];
                continue;
            }

            int take = Math.Min(PrefixBytes - _prefixCount, bytes.Length);
            bytes[..take].CopyTo(_prefix.AsSpan(_prefixCount));
            _prefixCount += take;
            bytes = bytes[take..];
            if (_prefixCount == PrefixBytes)
            {
                Messages++;
                _messageLeft = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
                _prefixCount = 0;
            }
        }
    }
}

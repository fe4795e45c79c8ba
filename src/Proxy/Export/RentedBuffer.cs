using System.Buffers;

namespace MeshInsight.Proxy.Export;

/// <summary>Bytes in rented memory, for one who does not know how many there will be. Dispose gives it back.</summary>
internal sealed class RentedBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstBytes = 4096;

    private byte[] _rented = [];
    private int _length;

    public ReadOnlyMemory<byte> Written => _rented.AsMemory(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_rented.Length - _length < Math.Max(sizeHint, 1))
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + sizeHint, Math.Max(2 * _rented.Length, FirstBytes)));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = larger;
        }

        return _rented.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_rented);
        (_rented, _length) = ([], 0);
    }
}

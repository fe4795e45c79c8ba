using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MeshInsight.Storage.Native;

/// <summary>
/// Bytes of Native blocks on their way to a stream, kept in pooled chunks until <see cref="FlushAsync"/>, so that columns are written without
/// waiting and a block needs no contiguous memory. One owner, one thread. Native is little-endian, as are the machines .NET runs on.
/// </summary>
internal sealed class NativeWriter(Stream target) : IDisposable
{
    /// <summary>Enough for the rows of one second; spans go on in large chunks, of which the pool keeps more bytes.</summary>
    private const int FirstChunkBytes = 64 * 1024;
    private const int ChunkBytes = 1024 * 1024;
    private const int FlushAboveBytes = 1024 * 1024;

    private readonly List<ArraySegment<byte>> _full = [];
    private byte[] _chunk = ArrayPool<byte>.Shared.Rent(FirstChunkBytes);
    private int _used;
    private int _fullBytes;
    private int[] _scratch = [];
    private int[] _remap = [];

    public void WriteByte(byte value)
    {
        Reserve(1)[0] = value;
        _used++;
    }

    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
        _used += 8;
    }

    /// <summary>Unsigned LEB128, as every length and count of the format.</summary>
    public void WriteVarUInt(ulong value)
    {
        var place = Reserve(10);
        int size = 0;
        while (value >= 0x80)
        {
            place[size++] = (byte)(value | 0x80);
            value >>= 7;
        }

        place[size++] = (byte)value;
        _used += size;
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var place = Reserve(1);
            int size = Math.Min(place.Length, bytes.Length);
            bytes[..size].CopyTo(place);
            _used += size;
            bytes = bytes[size..];
        }
    }

    public void WriteNumbers<T>(ReadOnlySpan<T> values)
        where T : unmanaged => WriteBytes(MemoryMarshal.AsBytes(values));

    /// <summary>A place for at least <paramref name="size"/> bytes; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_chunk.Length - _used < size)
        {
            _full.Add(new(_chunk, 0, _used));
            _fullBytes += _used;
            _chunk = ArrayPool<byte>.Shared.Rent(Math.Max(size, ChunkBytes));
            _used = 0;
        }

        return _chunk.AsSpan(_used);
    }

    public void Advance(int size) => _used += size;

    /// <summary>One number per row of undefined content; valid until the next call.</summary>
    public Span<int> Scratch(int count)
    {
        if (_scratch.Length < count)
        {
            ArrayPool<int>.Shared.Return(_scratch);
            _scratch = ArrayPool<int>.Shared.Rent(count);
        }

        return _scratch.AsSpan(0, count);
    }

    /// <summary>One zero per symbol. Whoever takes it leaves it zeroed.</summary>
    public Span<int> Remap(int count)
    {
        if (_remap.Length < count)
        {
            ArrayPool<int>.Shared.Return(_remap);
            _remap = ArrayPool<int>.Shared.Rent(count);
            Array.Clear(_remap);
        }

        return _remap.AsSpan(0, count);
    }

    /// <summary>Sends what is there when it is worth a send.</summary>
    public ValueTask FlushIfLargeAsync(CancellationToken cancel) => _fullBytes >= FlushAboveBytes ? FlushAsync(cancel) : ValueTask.CompletedTask;

    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        foreach (var chunk in _full)
        {
            await target.WriteAsync(chunk, cancel);
        }

        ReturnFull();
        await target.WriteAsync(_chunk.AsMemory(0, _used), cancel);
        _used = 0;
    }

    public void Dispose()
    {
        ReturnFull();
        ArrayPool<byte>.Shared.Return(_chunk);
        ArrayPool<int>.Shared.Return(_scratch);
        ArrayPool<int>.Shared.Return(_remap);
        _chunk = [];
        _scratch = _remap = [];
        _used = 0;
    }

    private void ReturnFull()
    {
        foreach (var chunk in _full)
        {
            ArrayPool<byte>.Shared.Return(chunk.Array!);
        }

        _full.Clear();
        _fullBytes = 0;
    }
}

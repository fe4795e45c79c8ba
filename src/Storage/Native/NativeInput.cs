using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MeshInsight.Storage.Native;

/// <summary>
/// Bytes of Native blocks as they arrive. Remembers the last few kilobytes, because a server that fails after the first rows were sent can only
/// append its error to the body. One owner, one thread at a time.
/// </summary>
internal sealed class NativeInput(Stream source) : IDisposable
{
    /// <summary>No text of ours is near this; a larger length is a broken stream.</summary>
    private const int MaxTextBytes = 256 * 1024 * 1024;
    private const int TailBytes = 16 * 1024;
    private const int MaxDrainBytes = 16 * 1024 * 1024;

    private readonly byte[] _tail = new byte[TailBytes];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _start;
    private int _end;
    private long _received;

    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    public void Skip(int size) => _start += size;

    /// <summary>Waits until <paramref name="size"/> bytes are in <see cref="Buffered"/>; false when the body ends before.</summary>
    public async ValueTask<bool> FillAsync(int size, CancellationToken cancel)
    {
        while (_end - _start < size)
        {
            MakeRoom(size);
            int read = await ReadSourceAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    public async ValueTask<ulong> ReadVarUIntAsync(CancellationToken cancel)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            await NeedAsync(1, cancel);
            byte next = _buffer[_start++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new NativeFormatException("A length has more than ten bytes.");
    }

    public async ValueTask<ulong> ReadUInt64Async(CancellationToken cancel)
    {
        await NeedAsync(8, cancel);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(Buffered);
        Skip(8);
        return value;
    }

    /// <summary>Reads a length and waits for that many bytes; the caller takes them from <see cref="Buffered"/> and skips them.</summary>
    public async ValueTask<int> ReadTextLengthAsync(CancellationToken cancel)
    {
        ulong length = await ReadVarUIntAsync(cancel);
        if (length > MaxTextBytes)
        {
            throw new NativeFormatException($"A text claims {length} bytes.");
        }

        await NeedAsync((int)length, cancel);
        return (int)length;
    }

    public async ValueTask<string> ReadTextAsync(CancellationToken cancel)
    {
        int length = await ReadTextLengthAsync(cancel);
        string text = Encoding.UTF8.GetString(Buffered[..length]);
        Skip(length);
        return text;
    }

    public async ValueTask ReadNumbersAsync<T>(T[] values, int count, CancellationToken cancel)
        where T : unmanaged
    {
        int done = 0;
        int size = count * Marshal.SizeOf<T>();
        while (done < size)
        {
            await NeedAsync(1, cancel);
            int part = Math.Min(size - done, _end - _start);
            Buffered[..part].CopyTo(MemoryMarshal.AsBytes(values.AsSpan())[done..]);
            Skip(part);
            done += part;
        }
    }

    /// <summary>Reads on to the end of the body (within reason) and returns its last kilobytes as text, where a server puts an error.</summary>
    public async ValueTask<string> DrainTailAsync(CancellationToken cancel)
    {
        try
        {
            for (int drained = 0; drained < MaxDrainBytes;)
            {
                int read = await ReadSourceAsync(_buffer, cancel);
                if (read == 0)
                {
                    break;
                }

                drained += read;
            }
        }
        catch (IOException)
        {
            // The server ends the connection on purpose after it wrote its error; what came before is all there is.
        }

        int size = (int)Math.Min(_received, TailBytes);
        byte[] tail = new byte[size];
        for (int i = 0; i < size; i++)
        {
            tail[i] = _tail[(int)((_received - size + i) % TailBytes)];
        }

        return Encoding.UTF8.GetString(tail);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private async ValueTask NeedAsync(int size, CancellationToken cancel)
    {
        if (_end - _start < size && !await FillAsync(size, cancel))
        {
            throw new NativeFormatException("The body ended inside a block.");
        }
    }

    private void MakeRoom(int size)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_buffer.Length - _start >= size && _end < _buffer.Length)
        {
            return;
        }

        byte[] target = size <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(size);
        Buffered.CopyTo(target);
        _end -= _start;
        _start = 0;
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
    }

    private async ValueTask<int> ReadSourceAsync(Memory<byte> place, CancellationToken cancel)
    {
        int read = await source.ReadAsync(place, cancel);
        var kept = place.Span[Math.Max(0, read - TailBytes)..read];
        long at = _received + read - kept.Length;
        for (int copied = 0; copied < kept.Length;)
        {
            int slot = (int)((at + copied) % TailBytes);
            int part = Math.Min(kept.Length - copied, TailBytes - slot);
            kept.Slice(copied, part).CopyTo(_tail.AsSpan(slot));
            copied += part;
        }

        _received += read;
        return read;
    }
}

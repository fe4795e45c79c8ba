namespace MeshInsight.Proxy.Protect;

/// <summary>
/// A request body that can be sent again: passes reads through as they come (nothing waits for the body's end) and keeps the first
/// 64 KiB of what passed. Once more has passed, it forgets all of it and the request can no longer be retried. One reader at a time.
/// </summary>
internal sealed class ReplayBody(Stream source) : Stream
{
    public const int LimitBytes = 64 * 1024;

    private byte[] _kept = [];
    private int _keptCount;
    private int _position;
    private bool _overflowed;
    private bool _ended;

    /// <summary>Whether <see cref="Rewind"/> is still possible.</summary>
    public bool CanReplay => !_overflowed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The next read starts at the first byte again.</summary>
    public void Rewind()
    {
        if (_overflowed)
        {
            throw new InvalidOperationException("More of the body has passed than is kept for a retry.");
        }

        _position = 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position < _keptCount)
        {
            int again = Math.Min(buffer.Length, _keptCount - _position);
            _kept.AsMemory(_position, again).CopyTo(buffer);
            _position += again;
            return again;
        }

        if (_ended || buffer.IsEmpty)
        {
            return 0;
        }

        int read = await source.ReadAsync(buffer, cancellationToken);
        _ended = read == 0;
        Keep(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Keep(ReadOnlySpan<byte> passed)
    {
        if (_overflowed || passed.IsEmpty)
        {
            return;
        }

        if (_keptCount + passed.Length > LimitBytes)
        {
            _overflowed = true;
            _kept = [];
            _keptCount = _position = 0;
            return;
        }

        if (_kept.Length < _keptCount + passed.Length)
        {
            Array.Resize(ref _kept, Math.Min(LimitBytes, Math.Max(1024, Math.Max(_kept.Length * 2, _keptCount + passed.Length))));
        }

        passed.CopyTo(_kept.AsSpan(_keptCount));
        _keptCount += passed.Length;
        _position = _keptCount;
    }
}

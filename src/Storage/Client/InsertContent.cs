using System.IO.Compression;
using System.Net;

namespace MeshInsight.Storage.Client;

/// <summary>A request body written while it is sent. A retry by the HTTP stack writes it again.</summary>
internal sealed class InsertContent : HttpContent
{
    private readonly TableInsert _insert;
    private readonly bool _compress;
    private readonly CancellationToken _cancel;

    public InsertContent(TableInsert insert, bool compress, CancellationToken cancel)
    {
        _insert = insert;
        _compress = compress;
        _cancel = cancel;
        if (compress)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, _cancel);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!_compress)
        {
            await _insert.WriteAsync(stream, cancellationToken);
            return;
        }

        await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await _insert.WriteAsync(gzip, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MeshInsight.Storage.Client;

namespace MeshInsight.Collector.Store;

/// <summary>First line of a spool file; the Native block follows.</summary>
internal sealed record SpoolHead(string Table, IReadOnlyList<string> Columns, int Rows, string Token);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SpoolHead))]
internal sealed partial class SpoolJson : JsonSerializerContext;

/// <summary>One block on disk: a line of JSON, then the bytes that ClickHouse would have got.</summary>
internal static class SpoolFile
{
    private const int LongestHead = 64 * 1024;

    /// <summary>Writes the file whole or not at all; it is on disk when this returns.</summary>
    public static async Task<long> WriteAsync(string path, StoreBlock block, CancellationToken cancel)
    {
        string partial = path + ".partial";
        await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
        {
            var head = new SpoolHead(block.Insert.Table, block.Insert.Columns, block.Insert.Rows, block.Token);
            await file.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(head, SpoolJson.Default.SpoolHead), cancel);
            await file.WriteAsync("\n"u8.ToArray(), cancel);
            await block.Insert.WriteAsync(file, cancel);
            await file.FlushAsync(cancel);
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
        return new FileInfo(path).Length;
    }

    /// <summary>The insert that sends the file's block.</summary>
    /// <exception cref="InvalidDataException">The file is not a spool file.</exception>
    public static async Task<(TableInsert Insert, string Token)> ReadAsync(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        byte[] start = new byte[LongestHead];
        int size = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancel);
        int end = start.AsSpan(0, size).IndexOf((byte)'\n');
        if (end < 0)
        {
            throw new InvalidDataException($"{path} has no head line.");
        }

        var head = Parse(path, start.AsSpan(0, end));
        return (new(head.Table, head.Columns, head.Rows, (stream, stop) => CopyAsync(path, end + 1, stream, stop)), head.Token);
    }

    private static SpoolHead Parse(string path, ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, SpoolJson.Default.SpoolHead) is { Table.Length: > 0, Columns.Count: > 0, Token.Length: > 0 } head
                ? head
                : throw new InvalidDataException($"{path} has an incomplete head line: {Encoding.UTF8.GetString(line)}");
        }
        catch (JsonException unreadable)
        {
            throw new InvalidDataException($"{path} has no readable head line.", unreadable);
        }
    }

    private static async Task CopyAsync(string path, long offset, Stream output, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        file.Position = offset;
        await file.CopyToAsync(output, cancel);
    }
}

using MeshInsight.Storage.Client;

namespace MeshInsight.Collector.Store;

/// <summary>Rows of one table on their way to ClickHouse.</summary>
/// <param name="Token">ClickHouse stores a block with the same token once, however often it is sent: by a retry, from the spool, after a restart.</param>
/// <param name="SizeBytes">About what it holds in memory.</param>
/// <param name="Done">Gives the memory back; called once, when the block is stored or spooled.</param>
internal sealed record StoreBlock(TableInsert Insert, string Token, long SizeBytes, Action Done);

-- Where the time of calls between services went until the response's head, per second, counted before any sampling. Part says which: 'client_proxy', 'network',
-- 'server_proxy', 'app'. Only calls whose callee's sidecar said how long it took have parts, and then all four.
CREATE TABLE IF NOT EXISTS mesh_edge_times{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  Source LowCardinality(String) CODEC(ZSTD(1)),
  SourceVersion LowCardinality(String) CODEC(ZSTD(1)),
  Destination LowCardinality(String) CODEC(ZSTD(1)),
  DestinationVersion LowCardinality(String) CODEC(ZSTD(1)),
  Part LowCardinality(String) CODEC(ZSTD(1)),
  Requests UInt64 CODEC(T64, ZSTD(1)),
  LatencySumMicros Float64 CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) CODEC(ZSTD(1)),
  LatencyCount Array(UInt64) CODEC(ZSTD(1))
)
ENGINE = {engine}MergeTree
PARTITION BY toDate(Time)
ORDER BY (Source, Time, SourceVersion, Destination, DestinationVersion, Part)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS mesh_edge_times_10s{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  Source LowCardinality(String) CODEC(ZSTD(1)),
  SourceVersion LowCardinality(String) CODEC(ZSTD(1)),
  Destination LowCardinality(String) CODEC(ZSTD(1)),
  DestinationVersion LowCardinality(String) CODEC(ZSTD(1)),
  Part LowCardinality(String) CODEC(ZSTD(1)),
  Requests SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  LatencySumMicros SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  Latency SimpleAggregateFunction(sumMap, Tuple(Array(UInt16), Array(UInt64))) CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) ALIAS tupleElement(Latency, 1),
  LatencyCount Array(UInt64) ALIAS tupleElement(Latency, 2)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(Time)
ORDER BY (Source, Time, SourceVersion, Destination, DestinationVersion, Part)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_edge_times_10s_mv {on_cluster} TO mesh_edge_times_10s{local} AS
SELECT
  toStartOfInterval(fine.Time, INTERVAL 10 SECOND) AS Time,
  fine.Source AS Source,
  fine.SourceVersion AS SourceVersion,
  fine.Destination AS Destination,
  fine.DestinationVersion AS DestinationVersion,
  fine.Part AS Part,
  sum(fine.Requests) AS Requests,
  sum(fine.LatencySumMicros) AS LatencySumMicros,
  sumMap(fine.LatencyBucket, fine.LatencyCount) AS Latency
FROM mesh_edge_times{local} AS fine
GROUP BY Time, Source, SourceVersion, Destination, DestinationVersion, Part;

CREATE TABLE IF NOT EXISTS mesh_edge_times_1m{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  Source LowCardinality(String) CODEC(ZSTD(1)),
  SourceVersion LowCardinality(String) CODEC(ZSTD(1)),
  Destination LowCardinality(String) CODEC(ZSTD(1)),
  DestinationVersion LowCardinality(String) CODEC(ZSTD(1)),
  Part LowCardinality(String) CODEC(ZSTD(1)),
  Requests SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  LatencySumMicros SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  Latency SimpleAggregateFunction(sumMap, Tuple(Array(UInt16), Array(UInt64))) CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) ALIAS tupleElement(Latency, 1),
  LatencyCount Array(UInt64) ALIAS tupleElement(Latency, 2)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(Time)
ORDER BY (Source, Time, SourceVersion, Destination, DestinationVersion, Part)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_edge_times_1m_mv {on_cluster} TO mesh_edge_times_1m{local} AS
SELECT
  toStartOfInterval(fine.Time, INTERVAL 1 MINUTE) AS Time,
  fine.Source AS Source,
  fine.SourceVersion AS SourceVersion,
  fine.Destination AS Destination,
  fine.DestinationVersion AS DestinationVersion,
  fine.Part AS Part,
  sum(fine.Requests) AS Requests,
  sum(fine.LatencySumMicros) AS LatencySumMicros,
  sumMap(fine.LatencyBucket, fine.LatencyCount) AS Latency
FROM mesh_edge_times{local} AS fine
GROUP BY Time, Source, SourceVersion, Destination, DestinationVersion, Part;

-- distributed: mesh_edge_times by cityHash64(Source)
-- distributed: mesh_edge_times_10s by cityHash64(Source)
-- distributed: mesh_edge_times_1m by cityHash64(Source)

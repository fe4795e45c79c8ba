-- Requests, errors and latency per second between services, counted before any sampling. Side says who measured: 'client' (the caller's
-- sidecar, retries and network included) or 'server' (the callee's).
CREATE TABLE IF NOT EXISTS mesh_edges{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  Source LowCardinality(String) CODEC(ZSTD(1)),
  SourceVersion LowCardinality(String) CODEC(ZSTD(1)),
  Destination LowCardinality(String) CODEC(ZSTD(1)),
  DestinationVersion LowCardinality(String) CODEC(ZSTD(1)),
  Side LowCardinality(String) CODEC(ZSTD(1)),
  Protocol LowCardinality(String) CODEC(ZSTD(1)),
  Requests UInt64 CODEC(T64, ZSTD(1)),
  Errors UInt64 CODEC(T64, ZSTD(1)),
  LatencySumMicros Float64 CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) CODEC(ZSTD(1)),
  LatencyCount Array(UInt64) CODEC(ZSTD(1))
)
ENGINE = {engine}MergeTree
PARTITION BY toDate(Time)
ORDER BY (Source, Time, SourceVersion, Destination, DestinationVersion, Side, Protocol)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS mesh_edges_10s{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  Source LowCardinality(String) CODEC(ZSTD(1)),
  SourceVersion LowCardinality(String) CODEC(ZSTD(1)),
  Destination LowCardinality(String) CODEC(ZSTD(1)),
  DestinationVersion LowCardinality(String) CODEC(ZSTD(1)),
  Side LowCardinality(String) CODEC(ZSTD(1)),
  Protocol LowCardinality(String) CODEC(ZSTD(1)),
  Requests SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  Errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  LatencySumMicros SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  Latency SimpleAggregateFunction(sumMap, Tuple(Array(UInt16), Array(UInt64))) CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) ALIAS tupleElement(Latency, 1),
  LatencyCount Array(UInt64) ALIAS tupleElement(Latency, 2)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(Time)
ORDER BY (Source, Time, SourceVersion, Destination, DestinationVersion, Side, Protocol)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_edges_10s_mv {on_cluster} TO mesh_edges_10s{local} AS
SELECT
  toStartOfInterval(fine.Time, INTERVAL 10 SECOND) AS Time,
  fine.Source AS Source,
  fine.SourceVersion AS SourceVersion,
  fine.Destination AS Destination,
  fine.DestinationVersion AS DestinationVersion,
  fine.Side AS Side,
  fine.Protocol AS Protocol,
  sum(fine.Requests) AS Requests,
  sum(fine.Errors) AS Errors,
  sum(fine.LatencySumMicros) AS LatencySumMicros,
  sumMap(fine.LatencyBucket, fine.LatencyCount) AS Latency
FROM mesh_edges{local} AS fine
GROUP BY Time, Source, SourceVersion, Destination, DestinationVersion, Side, Protocol;

CREATE TABLE IF NOT EXISTS mesh_edges_1m{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  Source LowCardinality(String) CODEC(ZSTD(1)),
  SourceVersion LowCardinality(String) CODEC(ZSTD(1)),
  Destination LowCardinality(String) CODEC(ZSTD(1)),
  DestinationVersion LowCardinality(String) CODEC(ZSTD(1)),
  Side LowCardinality(String) CODEC(ZSTD(1)),
  Protocol LowCardinality(String) CODEC(ZSTD(1)),
  Requests SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  Errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  LatencySumMicros SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  Latency SimpleAggregateFunction(sumMap, Tuple(Array(UInt16), Array(UInt64))) CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) ALIAS tupleElement(Latency, 1),
  LatencyCount Array(UInt64) ALIAS tupleElement(Latency, 2)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(Time)
ORDER BY (Source, Time, SourceVersion, Destination, DestinationVersion, Side, Protocol)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_edges_1m_mv {on_cluster} TO mesh_edges_1m{local} AS
SELECT
  toStartOfInterval(fine.Time, INTERVAL 1 MINUTE) AS Time,
  fine.Source AS Source,
  fine.SourceVersion AS SourceVersion,
  fine.Destination AS Destination,
  fine.DestinationVersion AS DestinationVersion,
  fine.Side AS Side,
  fine.Protocol AS Protocol,
  sum(fine.Requests) AS Requests,
  sum(fine.Errors) AS Errors,
  sum(fine.LatencySumMicros) AS LatencySumMicros,
  sumMap(fine.LatencyBucket, fine.LatencyCount) AS Latency
FROM mesh_edges{local} AS fine
GROUP BY Time, Source, SourceVersion, Destination, DestinationVersion, Side, Protocol;

-- distributed: mesh_edges by cityHash64(Source)
-- distributed: mesh_edges_10s by cityHash64(Source)
-- distributed: mesh_edges_1m by cityHash64(Source)

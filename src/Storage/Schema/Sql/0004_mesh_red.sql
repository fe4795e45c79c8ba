-- Requests, errors and latency per second as each service answered them, counted before any sampling. The same in steps of 10 s and 1 min,
-- so that no page reads more than a few thousand rows. Latency is a LatencySketch: bucket numbers and their counts, merged by sumMap.
CREATE TABLE IF NOT EXISTS mesh_red{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ServiceVersion LowCardinality(String) CODEC(ZSTD(1)),
  ServiceInstance LowCardinality(String) CODEC(ZSTD(1)),
  Operation LowCardinality(String) CODEC(ZSTD(1)),
  Requests UInt64 CODEC(T64, ZSTD(1)),
  Errors UInt64 CODEC(T64, ZSTD(1)),
  LatencySumMicros Float64 CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) CODEC(ZSTD(1)),
  LatencyCount Array(UInt64) CODEC(ZSTD(1))
)
ENGINE = {engine}MergeTree
PARTITION BY toDate(Time)
ORDER BY (ServiceName, Time, ServiceVersion, ServiceInstance, Operation)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS mesh_red_10s{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ServiceVersion LowCardinality(String) CODEC(ZSTD(1)),
  ServiceInstance LowCardinality(String) CODEC(ZSTD(1)),
  Operation LowCardinality(String) CODEC(ZSTD(1)),
  Requests SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  Errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  LatencySumMicros SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  Latency SimpleAggregateFunction(sumMap, Tuple(Array(UInt16), Array(UInt64))) CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) ALIAS tupleElement(Latency, 1),
  LatencyCount Array(UInt64) ALIAS tupleElement(Latency, 2)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(Time)
ORDER BY (ServiceName, Time, ServiceVersion, ServiceInstance, Operation)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_red_10s_mv {on_cluster} TO mesh_red_10s{local} AS
SELECT
  toStartOfInterval(fine.Time, INTERVAL 10 SECOND) AS Time,
  fine.ServiceName AS ServiceName,
  fine.ServiceVersion AS ServiceVersion,
  fine.ServiceInstance AS ServiceInstance,
  fine.Operation AS Operation,
  sum(fine.Requests) AS Requests,
  sum(fine.Errors) AS Errors,
  sum(fine.LatencySumMicros) AS LatencySumMicros,
  sumMap(fine.LatencyBucket, fine.LatencyCount) AS Latency
FROM mesh_red{local} AS fine
GROUP BY Time, ServiceName, ServiceVersion, ServiceInstance, Operation;

CREATE TABLE IF NOT EXISTS mesh_red_1m{local} {on_cluster} (
  Time DateTime CODEC(DoubleDelta, ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ServiceVersion LowCardinality(String) CODEC(ZSTD(1)),
  ServiceInstance LowCardinality(String) CODEC(ZSTD(1)),
  Operation LowCardinality(String) CODEC(ZSTD(1)),
  Requests SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  Errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  LatencySumMicros SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  Latency SimpleAggregateFunction(sumMap, Tuple(Array(UInt16), Array(UInt64))) CODEC(ZSTD(1)),
  LatencyBucket Array(UInt16) ALIAS tupleElement(Latency, 1),
  LatencyCount Array(UInt64) ALIAS tupleElement(Latency, 2)
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toDate(Time)
ORDER BY (ServiceName, Time, ServiceVersion, ServiceInstance, Operation)
TTL toDate(Time) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_red_1m_mv {on_cluster} TO mesh_red_1m{local} AS
SELECT
  toStartOfInterval(fine.Time, INTERVAL 1 MINUTE) AS Time,
  fine.ServiceName AS ServiceName,
  fine.ServiceVersion AS ServiceVersion,
  fine.ServiceInstance AS ServiceInstance,
  fine.Operation AS Operation,
  sum(fine.Requests) AS Requests,
  sum(fine.Errors) AS Errors,
  sum(fine.LatencySumMicros) AS LatencySumMicros,
  sumMap(fine.LatencyBucket, fine.LatencyCount) AS Latency
FROM mesh_red{local} AS fine
GROUP BY Time, ServiceName, ServiceVersion, ServiceInstance, Operation;

-- distributed: mesh_red by cityHash64(ServiceName)
-- distributed: mesh_red_10s by cityHash64(ServiceName)
-- distributed: mesh_red_1m by cityHash64(ServiceName)

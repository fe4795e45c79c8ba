-- One row per kept trace, so that a search reads traces and not spans. Versions are "service@version", Operations "service:operation".
-- A trace that grew by late spans is written again; the row with more spans wins.
CREATE TABLE IF NOT EXISTS mesh_traces{local} {on_cluster} (
  TraceId String CODEC(ZSTD(1)),
  Start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  Duration UInt64 CODEC(T64, ZSTD(1)),
  RootService LowCardinality(String) CODEC(ZSTD(1)),
  RootOperation LowCardinality(String) CODEC(ZSTD(1)),
  Services Array(LowCardinality(String)) CODEC(ZSTD(1)),
  Versions Array(LowCardinality(String)) CODEC(ZSTD(1)),
  Operations Array(LowCardinality(String)) CODEC(ZSTD(1)),
  SpanCount UInt32 CODEC(T64, ZSTD(1)),
  ErrorCount UInt32 CODEC(T64, ZSTD(1)),
  AnomalyScore Float32 CODEC(ZSTD(1)),
  SuspectedService LowCardinality(String) CODEC(ZSTD(1)),
  SamplingProbability Float64 CODEC(ZSTD(1)),
  SamplingReason LowCardinality(String) CODEC(ZSTD(1)),
  SampleWeight Float64 MATERIALIZED if(SamplingProbability > 0, 1 / SamplingProbability, 1) CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX idx_services Services TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_operations Operations TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1
)
ENGINE = {engine}ReplacingMergeTree(SpanCount)
PARTITION BY toDate(Start)
ORDER BY (Start, TraceId)
TTL toDate(Start) + toIntervalDay({retention_days})
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

-- distributed: mesh_traces by cityHash64(TraceId)

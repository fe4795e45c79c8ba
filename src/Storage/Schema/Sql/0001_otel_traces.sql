-- Spans, with the columns of the OpenTelemetry ClickHouse exporter (so that Grafana and others read them) and five of ours.
-- SamplingProbability of rows that others write comes from their consistent-sampling threshold: tracestate ot=th:T, p = 1 - T / 2^56.
CREATE TABLE IF NOT EXISTS otel_traces{local} {on_cluster} (
  Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)),
  TraceState String CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeName String CODEC(ZSTD(1)),
  ScopeVersion String CODEC(ZSTD(1)),
  SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  Duration UInt64 CODEC(T64, ZSTD(1)),
  StatusCode LowCardinality(String) CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  Events Nested (
    Timestamp DateTime64(9),
    Name LowCardinality(String),
    Attributes Map(LowCardinality(String), String)
  ) CODEC(ZSTD(1)),
  Links Nested (
    TraceId String,
    SpanId String,
    TraceState String,
    Attributes Map(LowCardinality(String), String)
  ) CODEC(ZSTD(1)),
  ResourceAttributeItems Array(String) ALIAS arrayMap((k, v) -> concat(k, '=', v), mapKeys(ResourceAttributes), mapValues(ResourceAttributes)),
  SpanAttributeItems Array(String) ALIAS arrayMap((k, v) -> concat(k, '=', v), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
  AnomalyScore Float32 DEFAULT 0 CODEC(ZSTD(1)),
  SuspectedService LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
  SamplingProbability Float64 DEFAULT 1 - reinterpretAsUInt64(reverse(unhex(rightPad(extract(TraceState, '(?:^|,)ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|$)'), 14, '0')))) / 72057594037927936 CODEC(ZSTD(1)),
  SamplingReason LowCardinality(String) DEFAULT '' CODEC(ZSTD(1)),
  SampleWeight Float64 MATERIALIZED if(SamplingProbability > 0, 1 / SamplingProbability, 1) CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1,
  INDEX idx_span_name lower(SpanName) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 1
)
ENGINE = {engine}MergeTree
PARTITION BY toDate(Timestamp)
PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp))
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)
TTL toDate(Timestamp) + toIntervalDay({retention_days})
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

-- When a trace began and ended, so that its spans are read from a few granules instead of a week.
CREATE TABLE IF NOT EXISTS otel_traces_trace_id_ts{local} {on_cluster} (
  TraceId String CODEC(ZSTD(1)),
  Start SimpleAggregateFunction(min, DateTime) CODEC(Delta, ZSTD(1)),
  End SimpleAggregateFunction(max, DateTime) CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {engine}AggregatingMergeTree
PARTITION BY toStartOfWeek(Start)
ORDER BY TraceId
TTL toDate(Start) + toIntervalDay({retention_days})
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_trace_id_ts_mv {on_cluster} TO otel_traces_trace_id_ts{local} AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel_traces{local}
WHERE TraceId != ''
GROUP BY TraceId;

-- distributed: otel_traces by cityHash64(TraceId)
-- distributed: otel_traces_trace_id_ts by cityHash64(TraceId)

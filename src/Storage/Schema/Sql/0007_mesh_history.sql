-- What the mesh found, decided and published. Few rows; each is written again when it changes and the newest wins. Record is the whole
-- record as JSON, the other columns are what people filter by. Kept longer than telemetry, because decisions must stay explainable.
CREATE TABLE IF NOT EXISTS mesh_findings{local} {on_cluster} (
  Id String,
  UpdatedAt DateTime64(9),
  Since DateTime64(9),
  IsActive Bool,
  Signal LowCardinality(String),
  Scope LowCardinality(String),
  Service LowCardinality(String),
  Version LowCardinality(String),
  Instance String,
  Peer LowCardinality(String),
  Confidence Float64,
  Observed Float64,
  Expected Float64,
  Summary String,
  Record String CODEC(ZSTD(1))
)
ENGINE = {engine}ReplacingMergeTree(UpdatedAt)
ORDER BY Id
TTL toDate(UpdatedAt) + toIntervalDay({history_days})
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS mesh_incidents{local} {on_cluster} (
  Id String,
  UpdatedAt DateTime64(9),
  StartedAt DateTime64(9),
  DetectedAt DateTime64(9),
  EndedAt DateTime64(9),
  IsOpen Bool,
  Headline String,
  CauseService LowCardinality(String),
  CauseVersion LowCardinality(String),
  CauseInstance String,
  Services Array(LowCardinality(String)),
  DecisionIds Array(String),
  Record String CODEC(ZSTD(1))
)
ENGINE = {engine}ReplacingMergeTree(UpdatedAt)
ORDER BY Id
TTL toDate(UpdatedAt) + toIntervalDay({history_days})
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS mesh_decisions{local} {on_cluster} (
  Id String,
  UpdatedAt DateTime64(9),
  At DateTime64(9),
  Kind LowCardinality(String),
  Target String,
  By LowCardinality(String),
  Reason String,
  Method String,
  AppliedVersion Int64,
  IsConfirmed Bool,
  Record String CODEC(ZSTD(1))
)
ENGINE = {engine}ReplacingMergeTree(UpdatedAt)
ORDER BY Id
TTL toDate(UpdatedAt) + toIntervalDay({history_days})
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS mesh_revisions{local} {on_cluster} (
  Epoch String,
  Version Int64,
  UpdatedAt DateTime64(9),
  At DateTime64(9),
  By LowCardinality(String),
  Change String,
  Record String CODEC(ZSTD(1))
)
ENGINE = {engine}ReplacingMergeTree(UpdatedAt)
ORDER BY (Epoch, Version)
TTL toDate(UpdatedAt) + toIntervalDay({history_days})
SETTINGS non_replicated_deduplication_window = 1000;

-- distributed: mesh_findings by cityHash64(Id)
-- distributed: mesh_incidents by cityHash64(Id)
-- distributed: mesh_decisions by cityHash64(Id)
-- distributed: mesh_revisions by cityHash64(Epoch)

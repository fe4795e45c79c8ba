using System.Globalization;
using System.Text;

namespace MeshInsight.Collector.Meters;

internal enum MeterKind
{
    Counter,
    Gauge,
}

/// <summary>One line of <see cref="MeterTable"/>. <paramref name="Label"/> is the only label's name, or empty.</summary>
internal sealed record MeterRow(string Name, MeterKind Kind, string Unit, string Description, string Label = "");

/// <summary>Everything the collector says about itself on <c>/metrics</c>.</summary>
internal static class MeterTable
{
    public static readonly MeterRow Received = new("mesh_collector_received_total", MeterKind.Counter, "items", "Spans, log records and metric points taken into the queue; the sender got an acknowledgement.", "signal");
    public static readonly MeterRow ReceivedBytes = new("mesh_collector_received_bytes_total", MeterKind.Counter, "By", "Request bodies taken, after inflation.", "signal");
    public static readonly MeterRow Rejected = new("mesh_collector_rejected_total", MeterKind.Counter, "items", "Items of otherwise good requests that were reported as rejected in a partial success.", "signal");
    public static readonly MeterRow Refused = new("mesh_collector_refused_requests_total", MeterKind.Counter, "requests", "Requests answered with an error, by reason.", "reason");
    public static readonly MeterRow QueueBytes = new("mesh_collector_queue_bytes", MeterKind.Gauge, "By", "Decoded telemetry between the receivers and the pipeline.");
    public static readonly MeterRow QueueBatches = new("mesh_collector_queue_batches", MeterKind.Gauge, "batches", "Batches between the receivers and the pipeline.");
    public static readonly MeterRow HeldBytes = new("mesh_collector_traces_held_bytes", MeterKind.Gauge, "By", "Memory of spans whose trace is not decided yet.");
    public static readonly MeterRow HeldTraces = new("mesh_collector_traces_held", MeterKind.Gauge, "traces", "Traces not decided yet.");
    public static readonly MeterRow Decided = new("mesh_collector_traces_decided_total", MeterKind.Counter, "traces", "Traces decided, by what ended the wait: quiet, age, memory, spans, shutdown.", "cause");
    public static readonly MeterRow Kept = new("mesh_collector_traces_kept_total", MeterKind.Counter, "traces", "Traces kept, by sampling reason.", "reason");
    public static readonly MeterRow Dropped = new("mesh_collector_traces_dropped_total", MeterKind.Counter, "traces", "Traces the sampler did not choose, by sampling reason.", "reason");
    public static readonly MeterRow SpansDropped = new("mesh_collector_spans_dropped_total", MeterKind.Counter, "spans", "Spans of traces the sampler did not choose. They are counted in RED and edges.");
    public static readonly MeterRow LateSpans = new("mesh_collector_late_spans_total", MeterKind.Counter, "spans", "Spans that came after their trace was decided and followed that decision.", "decision");
    public static readonly MeterRow Windows = new("mesh_collector_windows_total", MeterKind.Counter, "windows", "Closed one-second windows: first, or straggler (a further window of a second already closed).", "kind");
    public static readonly MeterRow MovedSpans = new("mesh_collector_spans_moved_total", MeterKind.Counter, "spans", "Spans whose end lies ahead of the collector's clock; counted in the current second.");
    public static readonly MeterRow UnpairedCalls = new("mesh_collector_unpaired_calls_total", MeterKind.Counter, "spans", "CLIENT spans without a sidecar, peer name or child: on no edge.");
    public static readonly MeterRow JoinOverflow = new("mesh_collector_join_overflow_total", MeterKind.Counter, "spans", "Spans that found a short-lived join table full.", "table");
    public static readonly MeterRow OtherNames = new("mesh_collector_names_overflow_total", MeterKind.Counter, "names", "Names counted as _other because the name table was full.");
    public static readonly MeterRow Subjects = new("mesh_collector_subjects", MeterKind.Gauge, "subjects", "Services, versions, instances and edges that detectors watch.");
    public static readonly MeterRow SubjectsRefused = new("mesh_collector_subjects_refused_total", MeterKind.Counter, "windows", "Windows of subjects that found no place among the watched ones.");
    public static readonly MeterRow Findings = new("mesh_collector_findings_active", MeterKind.Gauge, "findings", "Findings that are active now.");
    public static readonly MeterRow Inserted = new("mesh_collector_inserted_rows_total", MeterKind.Counter, "rows", "Rows ClickHouse acknowledged.", "table");
    public static readonly MeterRow Inserts = new("mesh_collector_inserts_total", MeterKind.Counter, "inserts", "Inserts, by outcome: stored, spooled, replayed, failed, refused (put aside for a person).", "outcome");
    public static readonly MeterRow SpoolBytes = new("mesh_collector_spool_bytes", MeterKind.Gauge, "By", "Blocks waiting on disk for ClickHouse.");
    public static readonly MeterRow SpoolBlocks = new("mesh_collector_spool_blocks", MeterKind.Gauge, "blocks", "Blocks waiting on disk for ClickHouse.");
    public static readonly MeterRow Lost = new("mesh_collector_lost_rows_total", MeterKind.Counter, "rows", "Acknowledged rows given up, by reason (refused: blocks). Anything but 0 is a defect or a broken disk.", "reason");
    public static readonly MeterRow Reports = new("mesh_collector_reports_total", MeterKind.Counter, "reports", "Reports to the control plane: sent, resent, acknowledged, dropped (unacknowledged for too long).", "outcome");
    public static readonly MeterRow ControlConnected = new("mesh_collector_control_connected", MeterKind.Gauge, "1", "1 while the finding feed to the control plane is open.");

    public static IReadOnlyList<MeterRow> Rows { get; } =
    [
        Received, ReceivedBytes, Rejected, Refused, QueueBytes, QueueBatches, HeldBytes, HeldTraces, Decided, Kept, Dropped, SpansDropped, LateSpans,
        Windows, MovedSpans, UnpairedCalls, JoinOverflow, OtherNames, Subjects, SubjectsRefused, Findings, Inserted, Inserts, SpoolBytes, SpoolBlocks,
        Lost, Reports, ControlConnected,
    ];

    /// <summary>The table as docs/collector-metrics.md shows it.</summary>
    public static string ToMarkdown()
    {
        var page = new StringBuilder("# Metrics of the collector\n\nOn `/metrics` of the admin listener, Prometheus text format. This page is written from `MeterTable`; a test compares them.\n\n| name | kind | unit | label | meaning |\n|---|---|---|---|---|\n");
        foreach (var row in Rows)
        {
            string kind = row.Kind == MeterKind.Counter ? "counter" : "gauge";
            page.Append(CultureInfo.InvariantCulture, $"| `{row.Name}` | {kind} | {row.Unit} | {row.Label} | {row.Description} |\n");
        }

        return page.ToString();
    }
}

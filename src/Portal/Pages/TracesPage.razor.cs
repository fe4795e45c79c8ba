using System.Globalization;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.Components;
using MeshInsight.Portal.ViewModels;
using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Pages;

public partial class TracesPage
{
    private const int Limit = 100;

    private Live<IReadOnlyList<TraceSummary>> _traces = null!;
    private Live<DurationMap> _cells = null!;
    private Live<TopologyNow> _now = null!;
    private TraceQuery? _watched;

    [SupplyParameterFromQuery]
    private string? Service { get; set; }

    [SupplyParameterFromQuery]
    private string? Text { get; set; }

    [SupplyParameterFromQuery]
    private double? Min { get; set; }

    [SupplyParameterFromQuery]
    private double? Max { get; set; }

    [SupplyParameterFromQuery]
    private bool? Errors { get; set; }

    private TimeWindow Window => Data.Last(View.Range, MeshData.StepFor(View.Range));

    private TraceQuery Query => new(default, Service ?? "", Text ?? "", Errors == true, Min, Max, Limit);

    private bool IsFiltered => Query != new TraceQuery(default, Limit: Limit);

    private IReadOnlyList<TraceSummary> Found => _traces.Value ?? [];

    private double Longest => Math.Max(1e-3, Found.Max(t => t.DurationMillis));

    private IEnumerable<string> ServiceNames =>
        (_now.Value?.Versions ?? []).Select(i => i.Service).Append(Service ?? "").Where(s => s.Length > 0).Distinct().Order(StringComparer.Ordinal);

    private string Sentence
    {
        get
        {
            if (!_traces.HasValue)
            {
                return "Looking for traces.";
            }

            int failed = Found.Count(t => t.Errors > 0);
            string count = Found.Count >= Limit ? $"The newest {Limit} kept traces" : Found.Count == 1 ? "1 kept trace" : $"{Found.Count} kept traces";
            string where = string.Concat(Service is { Length: > 0 } ? $" through {Service}" : "", Text is { Length: > 0 } ? $" with “{Text}”" : "");
            return $"{count}{where} in the last {Figures.Length(View.Range)}{(Found.Count == 0 ? "" : failed == 0 ? ", none with errors" : $", {failed} with errors")}.";
        }
    }

    protected override void Watch()
    {
        _watched = Query;
        _traces = Use(Data.Traces(View.Range, Query));
        // The map keeps what the duration filter leaves out, or choosing a cell would leave only that cell to choose.
        _cells = Use(Data.Durations(View.Range, Query with { MinMillis = null, MaxMillis = null }));
        _now = Use(Data.Now);
    }

    protected override Task OnParametersSetAsync() => _watched is null || _watched == Query ? Task.CompletedTask : WatchAgainAsync();

    private string CellLink(HeatCell cell) => Link(Service, Text, Number(cell.FromMillis), Number(cell.ToMillis), Errors == true);

    private void Go(string? service = null, string? text = null, string? min = null, string? max = null, bool? errors = null) =>
        Navigation.NavigateTo(Link(service ?? Service, text ?? Text, min ?? Number(Min), max ?? Number(Max), errors ?? Errors == true));

    private static string Link(string? service, string? text, string? min, string? max, bool errors)
    {
        var parts = new List<string>();
        Add("service", service);
        Add("text", text);
        Add("min", min);
        Add("max", max);
        Add("errors", errors ? "true" : null);
        return parts.Count == 0 ? "traces" : "traces?" + string.Join('&', parts);

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                parts.Add($"{key}={Uri.EscapeDataString(value)}");
            }
        }
    }

    private static string? Number(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture);
}

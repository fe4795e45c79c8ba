using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Catalog;

internal sealed class RemediationKind : IResourceKind
{
    private static readonly Dictionary<string, SignalKind> Signals = new() { ["errors"] = SignalKind.Errors, ["latency"] = SignalKind.Latency };
    private static readonly Dictionary<string, bool> InstanceScope = new() { ["instance"] = true };
    private static readonly Dictionary<string, bool> Reverts = new() { ["recovered"] = true, ["never"] = false };

    public string Kind => "Remediation";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var when = spec.Map("when", required: true);
        var signals = when is null ? [] : ReadSignals(when);
        when?.Choice("scope", InstanceScope, true, required: true);
        double confidence = when?.Number("confidence", 0, 1, 0.9) ?? 0.9;
        when?.Finish();

        var action = spec.Map("do", required: true);
        var shiftAway = action?.Map("shiftAway", required: true);
        int keepPercent = shiftAway?.Integer("keepPercent", 0, 99, 5) ?? 5;
        shiftAway?.Finish();
        bool reverts = action?.Choice("revertAfter", Reverts, true) ?? true;
        action?.Finish();

        var limits = spec.Map("limits");
        int maxInstances = limits?.Integer("maxInstancesPercent", 1, 100, 34) ?? 34;
        int maxActions = limits?.Integer("maxActionsPerHour", 1, 1000, 6) ?? 6;
        limits?.Finish();
        return new RemediationConfig(name, signals, confidence, keepPercent, reverts, maxInstances, maxActions);
    }

    private static List<SignalKind> ReadSignals(FieldReader when)
    {
        var signals = new List<SignalKind>();
        foreach (string text in when.TextList("finding", required: true))
        {
            if (Signals.TryGetValue(text, out var signal))
            {
                signals.Add(signal);
            }
            else
            {
                when.Problem("finding", $"\"{text}\" is not a known signal.", [.. Signals.Keys]);
            }
        }

        return signals;
    }
}

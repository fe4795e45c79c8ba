using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.ControlPlane.Catalog;

internal sealed class RolloutKind : IResourceKind
{
    private const int MaxSteps = 100;

    private static readonly string[] AllSignals = ["errors", "latency"];

    private static readonly Dictionary<string, OnHarm> Reactions = Enum.GetValues<OnHarm>().ToDictionary(o => o.ToString());

    public string Kind => "Rollout";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        string stable = spec.Text("stable", required: true);
        string canary = spec.Text("canary", required: true);
        if (stable.Length > 0 && stable == canary)
        {
            spec.Problem("canary", $"\"{canary}\" is the stable version too.");
        }

        var judge = spec.Map("judge");
        var config = new RolloutConfig(
            name,
            spec.Text("service", required: true),
            stable,
            canary,
            ReadSteps(spec),
            judge?.Number("alpha", 0, 0.5, 0.01, aboveMinimum: true) ?? 0.01,
            judge?.Integer("minimumRequestsPerStep", 1, 1_000_000_000, 500) ?? 500,
            judge is null ? AllSignals : ReadSignals(judge),
            spec.Choice("onHarm", Reactions, OnHarm.RollBack));
        judge?.Finish();
        return config;
    }

    private static IReadOnlyList<int> ReadSteps(FieldReader spec)
    {
        var steps = spec.IntegerList("steps", 1, 100, required: true);
        if (steps.Count > MaxSteps)
        {
            spec.Problem("steps", $"has {steps.Count} entries; at most {MaxSteps} are allowed.");
        }

        for (int i = 1; i < steps.Count; i++)
        {
            if (steps[i] <= steps[i - 1])
            {
                spec.Problem("steps", $"must grow, but {steps[i]} follows {steps[i - 1]}.");
            }
        }

        return steps;
    }

    private static string[] ReadSignals(FieldReader judge)
    {
        if (!judge.Has("signals"))
        {
            return AllSignals;
        }

        var signals = judge.TextList("signals", required: true);
        foreach (string unknown in signals.Except(AllSignals))
        {
            judge.Problem("signals", $"\"{unknown}\" is not a known signal.", AllSignals);
        }

        return [.. signals.Distinct()];
    }
}

using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.Tests.Demo;

/// <summary>What the control plane says about the same story.</summary>
internal static class DemoRecords
{
    private const string Evidence = "{}";
    private const string Method = "conditional e-process over failed requests, dispersion estimated online";

    private static readonly RolloutConfig Config = new("checkout-v2", "checkout", "v1", "v2", [2, 5, 10, 25, 50, 100], 0.01, 500, ["errors", "latency"], OnHarm.RollBack);

    public static RolloutStatus RolledBack(DemoMesh mesh) => new(
        Config, RolloutPhase.RolledBack, 2, 0, 0, mesh.RolloutStarted, mesh.Confirmed, mesh.Confirmed, false, 0,
        new Verdict(
            VerdictKind.HarmProven, mesh.RolledBack,
            "21 % of 173 requests to v2 failed since 10 % was opened, v1 0.2 % of 6,204; e-value 318 against a bound of 200",
            new ArmCounts("v1", 21_806, 44, 1090, 36.2, 81.4, 122), new ArmCounts("v2", 1_334, 38, 71, 35.9, 82.9, 127),
            [new EvidenceMeter("errors", 318, 200, 1.12), new EvidenceMeter("latency", 0.41, 200, 1.04)]),
        ["d-4", "d-3", "d-2", "d-1"]);

    public static RolloutStatus UnderWay(DemoMesh mesh) => new(
        Config with { Name = "payment-v4", Service = "payment", Stable = "v3", Canary = "v4" }, RolloutPhase.Progressing, 1, 5, 5,
        mesh.Now.AddSeconds(-95), mesh.Now.AddSeconds(-40), null, false, 420,
        new Verdict(
            VerdictKind.NotEnoughData, mesh.Now, "80 of 500 requests to v4 at this step",
            new ArmCounts("v3", 3_812, 7, 190, 13.9, 31.0, 47), new ArmCounts("v4", 164, 0, 6, 13.5, 30.2, 44),
            [new EvidenceMeter("errors", 0.62, 200, 1), new EvidenceMeter("latency", 0.38, 200, 1.03)]),
        []);

    public static IReadOnlyList<Decision> Decisions(DemoMesh mesh) =>
    [
        new("d-4", mesh.RolledBack, DecisionKind.RollBack, "checkout-v2", "mesh",
            "Harm is proven: 21 % of requests to v2 failed, v1 0.2 %; the failures begin in checkout itself, not in a dependency.",
            Evidence, Method, 0.01, "meshinsight rollout resume checkout-v2", 41, mesh.Confirmed),
        new("d-3", mesh.RolloutStarted.AddSeconds(260), DecisionKind.OpenStep, "checkout-v2", "mesh",
            "5 % → 10 %: 512 requests to v2, no sign of harm (e-value 0.4).", Evidence, Method, 0.01, "", 40, mesh.RolloutStarted.AddSeconds(260.4)),
        new("d-2", mesh.RolloutStarted.AddSeconds(120), DecisionKind.OpenStep, "checkout-v2", "mesh",
            "2 % → 5 %: 503 requests to v2, no sign of harm (e-value 0.7).", Evidence, Method, 0.01, "", 39, mesh.RolloutStarted.AddSeconds(120.5)),
        new("d-1", mesh.RolloutStarted, DecisionKind.StartRollout, "checkout-v2", "person",
            "checkout v2 has 1 ready instance; 2 % of requests to start with.", Evidence, "", null, "meshinsight rollout abort checkout-v2", 38, mesh.RolloutStarted.AddSeconds(0.6)),
    ];

    public static Incident Incident(DemoMesh mesh, string exampleTrace)
    {
        var version = new Subject(SubjectScope.Version, "checkout", "v2");
        var cause = new SuspectedCause(version, 0.91,
        [
            $"Its failures began at {mesh.Fault.UtcDateTime:HH:mm:ss}; its callees payment, cart and shipping stayed at their baseline.",
            "v1 of the same service, with the same callees, failed 0.2 % of its requests.",
            "It got 10 % of requests 111 s before.",
        ]);
        var other = new SuspectedCause(new Subject(SubjectScope.Service, "payment"), 0.05, ["It is called by most failing requests, but 99.8 % of those calls succeeded."]);
        return new Incident(
            "i-20", "checkout v2 fails 21 % of its requests", mesh.Fault, mesh.Detected, null, cause,
            [
                new Finding("f-1", SignalKind.Errors, version, true, mesh.Fault, mesh.Detected, 0.99, 0.21, 0.002, "checkout v2 fails", [cause, other], exampleTrace),
                new Finding("f-2", SignalKind.Errors, new Subject(SubjectScope.Edge, "gateway", Peer: "checkout"), true, mesh.Fault.AddSeconds(1), mesh.Detected, 0.97, 0.023, 0.002, "gateway → checkout fails", [cause]),
                new Finding("f-3", SignalKind.Errors, new Subject(SubjectScope.Service, "gateway"), false, mesh.Fault.AddSeconds(2), mesh.Detected, 0.9, 0.007, 0.0003, "gateway fails", [cause]),
            ],
            ["d-4"],
            [
                new IncidentEvent(mesh.Fault, IncidentEventKind.Fault, "the first failing requests to checkout v2"),
                new IncidentEvent(mesh.Detected, IncidentEventKind.Detected, "21 % failed, usually 0.2 %"),
                new IncidentEvent(mesh.CauseNamed, IncidentEventKind.CauseNamed, "checkout v2 itself, not a dependency"),
                new IncidentEvent(mesh.RolledBack, IncidentEventKind.Action, "checkout v2 was rolled back: weight 0 on every sidecar after 0.6 s"),
            ]);
    }

    public static IReadOnlyList<MeshInstance> Instances(DemoMesh mesh) =>
    [
        .. DemoMesh.Calls.Select(c => c.Destination).Distinct().SelectMany((service, s) => DemoMesh.Versions(service, 10).SelectMany(v =>
            Enumerable.Range(0, v.Version == "v2" ? 1 : 2).Select(i => new MeshInstance(
                $"{service}-{v.Version}-{i}", service, v.Version, i == 0 ? "zone-a" : "zone-b", $"127.0.0.1:{44_000 + (s * 10) + i}", $"127.0.0.1:{45_000 + (s * 10) + i}",
                service == "payment" ? "Grpc" : "Http", true, 100, 41, [], mesh.Now)))),
    ];

    public static IReadOnlyList<MeshService> Services() =>
    [
        .. DemoMesh.Calls.Select(c => c.Destination).Distinct().Select(service => new MeshService(
            service, [.. DemoMesh.Versions(service, 10).Select(v => v.Version)],
            [.. DemoMesh.Versions(service, 0).Select(v => new VersionWeight(v.Version, 100))])),
    ];

    public static IReadOnlyList<MeshResource> Resources() =>
    [
        new("meshinsight.io/v1", "Service", "checkout", "shop.yaml", "apiVersion: meshinsight.io/v1\nkind: Service\nmetadata: { name: checkout }\nspec:\n  ports: [{ name: http, port: 80, protocol: HTTP }]\n  versions: [v1, v2]\n"),
        new("gateway.networking.k8s.io/v1", "HTTPRoute", "checkout", "shop.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: checkout }\nspec:\n  parentRefs: [{ group: \"\", kind: Service, name: checkout, port: 80 }]\n  rules:\n    - timeouts: { request: 2s }\n      retry: { attempts: 2, codes: [502, 503, 504] }\n      backendRefs: [{ name: checkout, port: 80 }]\n"),
        new("meshinsight.io/v1", "Rollout", "checkout-v2", "applied", "apiVersion: meshinsight.io/v1\nkind: Rollout\nmetadata: { name: checkout-v2 }\nspec:\n  service: checkout\n  stable: v1\n  canary: v2\n  steps: [2, 5, 10, 25, 50, 100]\n"),
        new("meshinsight.io/v1", "Remediation", "shift-from-sick-instances", "shop.yaml", "apiVersion: meshinsight.io/v1\nkind: Remediation\nmetadata: { name: shift-from-sick-instances }\nspec:\n  when: { finding: [errors, latency], scope: instance, confidence: 0.9 }\n  do: { shiftAway: { keepPercent: 5 }, revertAfter: recovered }\n"),
    ];
}

namespace MeshInsight.ControlPlane.Tests;

/// <summary>Resources of a small shop.</summary>
internal static class Shop
{
    public const string Services = """
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: checkout }
        spec:
          ports: [{ name: http, port: 80, protocol: HTTP }]
          versions: [v1, v2]
        ---
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: payment }
        spec:
          ports: [{ name: grpc, port: 50051, protocol: GRPC }]
          versions: [v1]
        """;

    public const string Rollout = """
        apiVersion: meshinsight.io/v1
        kind: Rollout
        metadata: { name: checkout-v2 }
        spec:
          service: checkout
          stable: v1
          canary: v2
          steps: [10, 50, 100]
          judge: { alpha: 0.01, minimumRequestsPerStep: 200, signals: [errors, latency] }
          onHarm: RollBack
        """;

    public const string Remediation = """
        apiVersion: meshinsight.io/v1
        kind: Remediation
        metadata: { name: shift-from-sick-instances }
        spec:
          when: { finding: [errors, latency], scope: instance, confidence: 0.9 }
          do: { shiftAway: { keepPercent: 5 }, revertAfter: recovered }
          limits: { maxInstancesPercent: 34, maxActionsPerHour: 6 }
        """;

    public const string Route = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: checkout }
        spec:
          parentRefs: [{ group: "", kind: Service, name: checkout, port: 80 }]
          rules:
            - matches:
                - path: { type: PathPrefix, value: /cart }
                - path: { type: Exact, value: /cart/special }
                  headers: [{ name: x-user, value: "7" }]
              timeouts: { request: 2s, backendRequest: 500ms }
              retry: { attempts: 2, codes: [502, 503], backoff: 25ms }
              backendRefs: [{ name: checkout, port: 80 }]
            - matches: [{ method: GET, path: { type: PathPrefix, value: /cart/long } }]
              backendRefs:
                - { name: checkout, port: 80, version: v1, weight: 3 }
                - { name: payment, port: 50051 }
        """;
}

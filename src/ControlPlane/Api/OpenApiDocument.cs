using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Api;

/// <summary>The REST API described as OpenAPI 3.1, made from the table below and from the records themselves, so that a field cannot be missing in it.</summary>
internal static class OpenApiDocument
{
    private static readonly Operation[] Operations =
    [
        new("get", "/status", "Snapshot in force, sidecars, problems of resources", typeof(StatusAnswer)),
        new("get", "/instances", "Sidecars that are registered", typeof(IEnumerable<InstanceAnswer>)),
        new("get", "/services", "Services with versions and shares", typeof(IEnumerable<ServiceAnswer>)),
        new("get", "/resources", "Resources in force", typeof(IEnumerable<ResourceAnswer>), Query: "kind"),
        new("post", "/apply", "Adds or replaces the resources of a YAML body, all or none", typeof(ApplyAnswer), Query: "dryRun", Body: true),
        new("delete", "/resources/{kind}/{name}", "Deletes an applied resource", null),
        new("get", "/identity", "Trust domain and roots", typeof(IdentityAnswer)),
        new("post", "/identity/rotate", "Lets a new root take over, cross-signed by the old one", typeof(IdentityAnswer)),
        new("post", "/tokens", "Makes a token that lets one sidecar of a service join, once", typeof(JoinTokenAnswer), Query: "service"),
        new("get", "/rollouts", "Rollouts", typeof(IEnumerable<RolloutStatus>)),
        new("get", "/rollouts/{name}", "One rollout with its evidence", typeof(RolloutStatus)),
        new("post", "/rollouts/{name}/promote", "Gives the canary all requests", typeof(RolloutStatus)),
        new("post", "/rollouts/{name}/abort", "Takes all requests from the canary", typeof(RolloutStatus)),
        new("post", "/rollouts/{name}/pause", "Holds the share", typeof(RolloutStatus)),
        new("post", "/rollouts/{name}/resume", "Goes on, or starts anew after a rollback", typeof(RolloutStatus)),
        new("get", "/incidents", "Incidents, newest first", typeof(IEnumerable<Incident>), Query: "open"),
        new("get", "/incidents/{id}", "One incident", typeof(Incident)),
        new("get", "/decisions", "Decisions, newest first", typeof(IEnumerable<Decision>), Query: "target"),
        new("post", "/decisions/{id}/undo", "Reverses a decision", typeof(Decision)),
        new("get", "/events", "Server-sent events: rollout, incident, decision, snapshot", null),
    ];

    public static IEnumerable<(string Method, string Path)> Table => Operations.Select(o => (o.Method, o.Path));

    public static JsonObject Write()
    {
        var paths = new JsonObject();
        foreach (var group in Operations.GroupBy(o => o.Path))
        {
            var path = new JsonObject();
            foreach (var operation in group)
            {
                path[operation.Method] = Write(operation);
            }

            paths["/api/v1" + group.Key] = path;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "MeshInsight control plane", ["version"] = MeshEndpoints.ProgramVersion },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["meshToken"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
            },
        };
    }

    private static JsonObject Write(Operation operation)
    {
        bool isChange = operation.Method != "get";
        var described = new JsonObject
        {
            ["summary"] = operation.Summary,
            ["parameters"] = Parameters(operation),
            ["responses"] = Responses(operation, isChange),
        };
        if (operation.Body)
        {
            described["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject { ["application/yaml"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } } },
            };
        }

        if (isChange)
        {
            described["security"] = new JsonArray(new JsonObject { ["meshToken"] = new JsonArray() });
        }

        return described;
    }

    private static JsonArray Parameters(Operation operation)
    {
        var parameters = new JsonArray();
        foreach (string segment in operation.Path.Split('/').Where(s => s.StartsWith('{')))
        {
            parameters.Add(Parameter(segment.Trim('{', '}'), "path", isRequired: true));
        }

        if (operation.Query is { } query)
        {
            parameters.Add(Parameter(query, "query", isRequired: false));
        }

        return parameters;
    }

    private static JsonObject Parameter(string name, string place, bool isRequired) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = isRequired,
        ["schema"] = new JsonObject { ["type"] = name is "dryRun" or "open" ? "boolean" : "string" },
    };

    private static JsonObject Responses(Operation operation, bool isChange)
    {
        string code = operation.Method == "delete" ? "204" : "200";
        var good = new JsonObject { ["description"] = operation.Summary };
        if (operation.Answer is { } answer)
        {
            good["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Json.Options.GetJsonSchemaAsNode(answer) } };
        }
        else if (operation.Path == "/events")
        {
            good["content"] = new JsonObject { ["text/event-stream"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } } };
        }

        var responses = new JsonObject { [code] = good };
        string[] failures = [.. isChange ? new[] { "400", "401", "409" } : [], .. operation.Path.Contains('{', StringComparison.Ordinal) ? new[] { "404" } : []];
        foreach (string failure in failures)
        {
            responses[failure] = new JsonObject
            {
                ["description"] = "Problem",
                ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } } },
            };
        }

        return responses;
    }

    private sealed record Operation(string Method, string Path, string Summary, Type? Answer, string? Query = null, bool Body = false);
}

using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Findings;
using MeshInsight.ControlPlane.History;
using MeshInsight.ControlPlane.Loop;

namespace MeshInsight.ControlPlane.Api;

/// <summary>What the loop has seen and done, and what a person may ask of it.</summary>
/// <param name="command">Answers the rollout after the command, or why it is not possible; both null when there is no such rollout.</param>
/// <param name="undo">Answers the decision that undid it, or why it cannot be undone.</param>
internal sealed class LoopEndpoints(
    RolloutDesk rollouts,
    IncidentBook incidents,
    DecisionBook decisions,
    TokenFilter token,
    Func<string, RolloutCommand, (RolloutStatus? Status, string? Problem)> command,
    Func<Decision, (Decision? Decision, string? Problem)> undo)
{
    private const int MaxListed = 1000;

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/rollouts", () => rollouts.Statuses);
        api.MapGet("/rollouts/{name}", (string name) => rollouts.Find(name) is { } status ? Results.Ok(status) : NoRollout(name));
        api.MapPost("/rollouts/{name}/promote", (string name) => Command(name, RolloutCommand.Promote)).AddEndpointFilter(token);
        api.MapPost("/rollouts/{name}/abort", (string name) => Command(name, RolloutCommand.Abort)).AddEndpointFilter(token);
        api.MapPost("/rollouts/{name}/pause", (string name) => Command(name, RolloutCommand.Pause)).AddEndpointFilter(token);
        api.MapPost("/rollouts/{name}/resume", (string name) => Command(name, RolloutCommand.Resume)).AddEndpointFilter(token);
        api.MapGet("/incidents", (bool? open) => incidents.Incidents.Reverse().Where(i => open != true || i.EndedAt is null).Take(MaxListed));
        api.MapGet("/incidents/{id}", (string id) => incidents.Incidents.FirstOrDefault(i => i.Id == id) is { } incident
            ? Results.Ok(incident)
            : ApiProblem.NotFound("incident", id, incidents.Incidents.Reverse().Select(i => i.Id)));
        api.MapGet("/decisions", (string? target) => decisions.Decisions.Reverse().Where(d => IsOf(d, target)).Take(MaxListed));
        api.MapPost("/decisions/{id}/undo", Undo).AddEndpointFilter(token);
    }

    private static bool IsOf(Decision decision, string? target) => string.IsNullOrEmpty(target) || decision.Target == target;

    private IResult Command(string name, RolloutCommand asked) => command(name, asked) switch
    {
        ({ } status, _) => Results.Ok(status),
        (_, { } problem) => ApiProblem.Conflict(problem),
        _ => NoRollout(name),
    };

    private IResult Undo(string id)
    {
        if (decisions.Find(id) is not { } decision)
        {
            return ApiProblem.NotFound("decision", id, decisions.Decisions.Reverse().Select(d => d.Id));
        }

        var (undone, problem) = undo(decision);
        return undone is null ? ApiProblem.Conflict(problem ?? "There is nothing to undo.") : Results.Ok(undone);
    }

    private IResult NoRollout(string name) => ApiProblem.NotFound("rollout", name, rollouts.Statuses.Select(s => s.Config.Name));
}

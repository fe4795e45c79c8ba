using MeshInsight.Portal.Clients;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace MeshInsight.Portal.Components;

/// <summary>Asks the control plane to change something: only for a signed-in browser, after a second click where the change is large.</summary>
public partial class ActionButton
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private bool _asking;
    private bool _busy;
    private string _error = "";

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary><c>promote</c>, <c>abort</c>, <c>pause</c>, <c>resume</c> of a rollout, or <c>undo</c> of a decision; and its name or id.</summary>
    [Parameter, EditorRequired]
    public (string Action, string Target) Run { get; set; }

    /// <summary>The question before it is done; empty: done at once.</summary>
    [Parameter]
    public string Confirm { get; set; } = "";

    [Parameter]
    public string Kind { get; set; } = "";

    [Parameter]
    public string Hint { get; set; } = "";

    [Parameter]
    public bool Small { get; set; }

    [Inject]
    internal ControlPlaneClient Control { get; set; } = null!;

    [Inject]
    internal FeedStore Feeds { get; set; } = null!;

    [CascadingParameter]
    private Task<AuthenticationState>? Authentication { get; set; }

    private Task AskAsync()
    {
        _asking = Confirm.Length > 0;
        return _asking ? Task.CompletedTask : ActAsync();
    }

    private async Task ActAsync()
    {
        // The disabled button is a courtesy; this is the check.
        if (Authentication is null || (await Authentication).User.Identity?.IsAuthenticated != true)
        {
            _error = "Not signed in.";
            return;
        }

        (_busy, _error) = (true, "");
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await (Run.Action == "undo" ? Control.UndoAsync(Run.Target, limit.Token) : Control.ChangeRolloutAsync(Run.Target, Run.Action, limit.Token));
            Feeds.Refresh(FeedNames.Control);
        }
        catch (Exception failure) when (failure is HttpRequestException or ControlPlaneException or OperationCanceledException)
        {
            _error = $"{Label} failed: {FailureText.Of(failure)}";
        }

        (_busy, _asking) = (false, false);
    }
}

namespace MeshInsight.Portal.Clients;

/// <summary>Everything the control plane serves begins with <see cref="Control"/>, so one prefix refreshes all of it.</summary>
internal static class FeedNames
{
    public const string Control = "control/";
    public const string Status = Control + "status";
    public const string Instances = Control + "instances";
    public const string Services = Control + "services";
    public const string Resources = Control + "resources";
    public const string Rollouts = Control + "rollouts";
    public const string Incidents = Control + "incidents";
    public const string Decisions = Control + "decisions";
}

namespace MeshInsight.Storage.Records;

/// <summary>One published version of the mesh config, so that any past state can be shown and compared.</summary>
/// <param name="Epoch">The life of the control plane's state that <paramref name="Version"/> counts in.</param>
/// <param name="By">"mesh", or "person".</param>
/// <param name="Change">One sentence: what differs from the version before.</param>
/// <param name="Record">The snapshot or resources as JSON.</param>
public sealed record Revision(string Epoch, long Version, DateTimeOffset At, string By, string Change, string Record);

namespace MeshInsight.Cli.Platform;

/// <summary>Waits for all, but not for the others once one has failed: a start that cannot succeed should say so at once.</summary>
internal static class FailFast
{
    public static async Task WhenAllAsync(params Task[] tasks)
    {
        var left = tasks.ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left);
            left.Remove(ended);
            await ended;
        }
    }
}

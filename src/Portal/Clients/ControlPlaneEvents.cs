using System.Net.ServerSentEvents;

namespace MeshInsight.Portal.Clients;

/// <summary>Listens to the control plane's events and has the feeds they concern polled at once; while the stream is away the feeds' own ticks carry on.</summary>
internal sealed class ControlPlaneEvents(ControlPlaneClient control, FeedStore feeds, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
                await Task.Delay(Pause, clock, stoppingToken);
            }
            catch (Exception gone) when (gone is HttpRequestException or IOException)
            {
                // Its absence shows on every page through the feeds; here it only means to try again.
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        await using var stream = await control.EventsAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
        {
            feeds.Refresh(item.EventType switch
            {
                "rollout" => FeedNames.Rollouts,
                "incident" => FeedNames.Incidents,
                "decision" => FeedNames.Decisions,
                _ => FeedNames.Control,
            });
        }
    }
}

using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Statements;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>Stops a statement whose client has gone. Asks again until it is over: the first request may come before the statement is known to the engine.</summary>
internal sealed class StatementCanceller : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    private readonly ClickHouseEngine _engine;
    private readonly string _tag;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenRegistration _registration;
    private Task _stopping = Task.CompletedTask;

    public StatementCanceller(ClickHouseEngine engine, string tag, TimeProvider clock, CancellationToken aborted)
    {
        _engine = engine;
        _tag = tag;
        _clock = clock;
        _registration = aborted.Register(() => _stopping = Task.Run(StopAsync, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _registration.DisposeAsync();
        await _stopping;
        _over.Dispose();
    }

    private async Task StopAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                using var connection = _engine.Connect();
                // SYNC would wait inside the engine and was seen to hang.
                connection.Execute($"KILL QUERY WHERE Settings['log_comment'] = {SqlText.Literal(_tag)} ASYNC");
            }
            catch (EngineException)
            {
                // The engine is short of memory or ending; the next try, or the statement's own end, settles it.
            }

            await Task.Delay(Again, _clock, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

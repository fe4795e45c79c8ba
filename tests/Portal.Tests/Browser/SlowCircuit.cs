using Microsoft.Playwright;

namespace MeshInsight.Portal.Tests.Browser;

/// <summary>Holds back what the server says on a page's first circuit after the handshake, as a busy machine would.</summary>
internal sealed class SlowCircuit
{
    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<Action> _held = [];
    private bool _isShaken;
    private bool _goesOn;
    private int _circuits;

    private SlowCircuit()
    {
    }

    /// <summary>Ends when the server has something to say.</summary>
    public Task Began => _began.Task;

    public static async Task<SlowCircuit> OnAsync(IPage page)
    {
        var slow = new SlowCircuit();
        await page.RouteWebSocketAsync("**/_blazor*", slow.Route);
        return slow;
    }

    public void GoOn()
    {
        lock (_lock)
        {
            _goesOn = true;
            _held.ForEach(say => say());
            _held.Clear();
        }
    }

    private void Route(IWebSocketRoute browser)
    {
        var server = browser.ConnectToServer();
        browser.OnMessage(frame => Pass(server, frame));
        if (Interlocked.Increment(ref _circuits) > 1)
        {
            server.OnMessage(frame => Pass(browser, frame));
            return;
        }

        server.OnMessage(frame =>
        {
            lock (_lock)
            {
                if (_goesOn || !_isShaken)
                {
                    _isShaken = true;
                    Pass(browser, frame);
                    return;
                }

                _held.Add(() => Pass(browser, frame));
                _began.TrySetResult();
            }
        });
    }

    private static void Pass(IWebSocketRoute to, IWebSocketFrame frame)
    {
        if (frame.Binary is { } bytes)
        {
            to.Send(bytes);
        }
        else
        {
            to.Send(frame.Text!);
        }
    }
}

using MeshInsight.Testing;
using Microsoft.Playwright;

namespace MeshInsight.Portal.Tests.Browser;

/// <summary>One page in the machine's own Chromium; it notes what the page complains about.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private static readonly string[] Flags =
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private const float MissedAfterMillis = 5_000;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private BrowserPage(IPlaywright playwright, IBrowser browser, IPage page) => (_playwright, _browser, Page) = (playwright, browser, page);

    public IPage Page { get; }

    /// <summary>Script errors and refused resources.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<BrowserPage> OpenAsync(int width, int height, ColorScheme theme)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = Flags });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = theme, TimezoneId = "UTC" });
        var opened = new BrowserPage(playwright, browser, await context.NewPageAsync());
        opened.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                opened.Complaints.Add(message.Text);
            }
        };
        opened.Page.PageError += (_, error) => opened.Complaints.Add(error);
        return opened;
    }

    public async Task SaveAsync(string name)
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "screenshots");
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
    }

    /// <summary>Follows a link. A line that moves away from under the mouse, because another came above it, is clicked again, as a person would.</summary>
    /// <param name="url">Pattern of where it leads.</param>
    public async Task FollowLinkAsync(ILocator link, string url)
    {
        var there = Page.WaitForURLAsync(url, new() { WaitUntil = WaitUntilState.Commit });
        while (!there.IsCompleted)
        {
            try
            {
                await link.ClickAsync(new() { Timeout = MissedAfterMillis });
                await there.WaitAsync(TimeSpan.FromMilliseconds(MissedAfterMillis));
            }
            catch (TimeoutException)
            {
                // Missed; or only slow, and then the link may be gone by now.
            }
        }

        await there;
    }

    /// <summary>Does what a person would, and keeps a picture of where it could not go on.</summary>
    public async Task FollowAsync(string story, Func<Task> steps)
    {
        try
        {
            await steps();
        }
        catch (Exception e) when (e is TimeoutException or PlaywrightException)
        {
            await SaveAsync(story + "-stuck");
            throw new InvalidOperationException($"Stuck at {Page.Url}, see {story}-stuck.png. The page complains: {string.Join(" | ", Complaints.DefaultIfEmpty("of nothing"))}. It says: {await Page.InnerTextAsync("body")}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

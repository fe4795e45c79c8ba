using MeshInsight.EndToEnd.Tests.Demo;
using MeshInsight.Portal.Tests.Browser;
using Microsoft.Playwright;

namespace MeshInsight.EndToEnd.Tests.Portal;

/// <summary>What a person sees in the portal while a bad canary goes in and is taken out.</summary>
public class PortalTellsTheStoryTests
{
    private const float PatienceMillis = 60_000;

    [Fact]
    public async Task Bad_Canary_IsSeenOnEveryPageThatMatters()
    {
        await using var demo = DemoProcess.Start("bad", "--fault-after", "20s", "--stay");
        await demo.PrintedAsync($" portal   {demo.Portal}");
        await using var browser = await BrowserPage.OpenAsync(1440, 900, ColorScheme.Dark);
        browser.Page.SetDefaultTimeout(PatienceMillis);

        await browser.FollowAsync("demo", () => FollowAsync(demo, browser));
        Assert.Empty(browser.Complaints);
        await demo.InterruptAsync();
    }

    private static async Task FollowAsync(DemoProcess demo, BrowserPage browser)
    {
        var page = browser.Page;
        await page.GotoAsync(new Uri(demo.Portal, "topology").ToString());
        foreach (string service in new[] { "frontend", "catalog", "recommendation", "cart", "checkout", "inventory", "payment", "shipping" })
        {
            await page.Locator("a.node", new() { HasText = service }).First.WaitForAsync();
        }

        await demo.PrintedAsync("outcome  RolledBack, as expected");
        await page.Locator("a.node", new() { HasText = "v2" }).First.WaitForAsync();
        await browser.SaveAsync("demo-topology");

        await page.GotoAsync(new Uri(demo.Portal, "incidents").ToString());
        var incident = page.Locator("a[href^='incidents/']", new() { HasText = "checkout" }).First;
        await incident.WaitForAsync();
        await browser.FollowLinkAsync(incident, "**/incidents/*");
        await page.GetByText("Likely causes").WaitForAsync();
        await page.GetByText("checkout v2").First.WaitForAsync();
        await browser.SaveAsync("demo-incident");

        var failing = page.Locator("section.card", new() { HasText = "A request that failed" }).Locator("a[href^='traces/']");
        await failing.WaitForAsync();
        await browser.FollowLinkAsync(failing, "**/traces/*");
        await page.Locator("svg[aria-label='the error began here']").First.WaitForAsync();
        string origin = await page.Locator("a.line", new() { Has = page.Locator("svg[aria-label='the error began here']") }).First.InnerTextAsync();
        Assert.Contains("checkout", origin, StringComparison.Ordinal);
        await browser.SaveAsync("demo-trace");

        await page.GotoAsync(new Uri(demo.Portal, "rollouts/checkout-v2").ToString());
        await page.GetByText("rolled back").First.WaitForAsync();
        await browser.SaveAsync("demo-rollout");
        await page.GotoAsync(demo.Portal.ToString());
        await page.GetByText("checkout").First.WaitForAsync();
        await browser.SaveAsync("demo-overview");
    }
}

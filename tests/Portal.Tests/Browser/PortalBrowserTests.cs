using MeshInsight.Portal.Tests.Demo;
using Microsoft.Playwright;

namespace MeshInsight.Portal.Tests.Browser;

/// <summary>Every page in a real browser, over a fake control plane and a real ClickHouse; pictures go to artifacts/screenshots.</summary>
public sealed class PortalBrowserTests(DemoPortalFixture fixture) : IClassFixture<DemoPortalFixture>
{
    private const float PatienceMillis = 60_000;

    private DemoPortal Portal => fixture.Portal;

    /// <summary>Every combination is looked at with MESH_SCREENSHOTS=all; the two that share nothing are always.</summary>
    public static TheoryData<int, int, ColorScheme, string> Sizes
    {
        get
        {
            var sizes = new TheoryData<int, int, ColorScheme, string> { { 1440, 900, ColorScheme.Dark, "wide-dark" }, { 390, 844, ColorScheme.Light, "phone-light" } };
            if (Environment.GetEnvironmentVariable("MESH_SCREENSHOTS") == "all")
            {
                sizes.Add(1440, 900, ColorScheme.Light, "wide-light");
                sizes.Add(390, 844, ColorScheme.Dark, "phone-dark");
            }

            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Pages_ShopWithBadCanary_TellTheStory(int width, int height, ColorScheme theme, string size)
    {
        await using var browser = await BrowserPage.OpenAsync(width, height, theme);
        browser.Page.SetDefaultTimeout(PatienceMillis);
        foreach (var (name, path, text) in Pages())
        {
            await browser.Page.GotoAsync(new Uri(Portal.Url, path).ToString());
            await browser.Page.Locator("h1").WaitForAsync();
            await browser.Page.Locator("main").GetByText(text).First.WaitForAsync();
            await Assertions.Expect(browser.Page.Locator("main .skeleton")).ToHaveCountAsync(0, new() { Timeout = PatienceMillis });
            // The map is drawn by the page's script, once the circuit has started it.
            await Assertions.Expect(browser.Page.Locator(".map:not(.ready)")).ToHaveCountAsync(0, new() { Timeout = PatienceMillis });
            await browser.SaveAsync($"{name}-{size}");
            int overflow = await browser.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(overflow <= 0, $"{name} is {overflow} px wider than the window");
        }

        Assert.Empty(browser.Complaints);
    }

    [Theory]
    [InlineData(1440, 900)]
    [InlineData(390, 844)]
    public async Task Topology_ChosenService_IsInSight(int width, int height)
    {
        await using var browser = await BrowserPage.OpenAsync(width, height, ColorScheme.Dark);
        browser.Page.SetDefaultTimeout(PatienceMillis);
        await browser.Page.GotoAsync(new Uri(Portal.Url, "topology?node=inventory").ToString());
        await browser.Page.Locator(".map.ready").WaitForAsync();
        var map = (await browser.Page.Locator(".map").BoundingBoxAsync())!;
        var node = (await browser.Page.Locator("a.node.selected .box").BoundingBoxAsync())!;
        Assert.InRange(node.X, map.X, map.X + map.Width - node.Width);
        Assert.InRange(node.Y, map.Y, map.Y + map.Height - node.Height);
    }

    /// <summary>A person who is quicker than the page's circuit: the connection is there, and the server takes its time to answer on it.</summary>
    [Fact]
    public async Task Link_ClickedWhileTheCircuitBegins_LeadsToItsPage()
    {
        await using var browser = await BrowserPage.OpenAsync(1440, 900, ColorScheme.Dark);
        var page = browser.Page;
        page.SetDefaultTimeout(PatienceMillis);
        var link = page.Locator("a[href='incidents/i-20']");
        await page.GotoAsync(new Uri(Portal.Url, "incidents").ToString());
        // From now on the server has the list at hand, and the page has it before there is a circuit.
        await link.WaitForAsync();
        var slow = await SlowCircuit.OnAsync(page);
        await page.ReloadAsync();
        await slow.Began;

        await link.ClickAsync();
        await page.WaitForURLAsync("**/incidents/i-20");
        slow.GoOn();

        await browser.FollowAsync("quick", async () =>
        {
            // The map is drawn by the page's script, once the circuit has started it.
            await page.Locator(".map.ready").First.WaitForAsync();
            await page.GetByText("Likely causes").WaitForAsync();
        });
        Assert.EndsWith("/incidents/i-20", page.Url, StringComparison.Ordinal);
    }

    /// <summary>A link to a colleague and a reload show the same stretch of time.</summary>
    [Fact]
    public async Task Range_Chosen_IsInTheAddressAndOutlivesAReload()
    {
        await using var browser = await BrowserPage.OpenAsync(1440, 900, ColorScheme.Dark);
        var page = browser.Page;
        page.SetDefaultTimeout(PatienceMillis);
        var hour = page.GetByRole(AriaRole.Button, new() { Name = "1 h", Exact = true });
        await page.GotoAsync(new Uri(Portal.Url, "services/checkout?range=15m").ToString());
        Assert.Equal("true", await page.GetByRole(AriaRole.Button, new() { Name = "15 min", Exact = true }).GetAttributeAsync("aria-pressed"));

        // Until the page's circuit is there a click is not heard.
        for (int i = 0; i < 60 && !page.Url.EndsWith("range=1h", StringComparison.Ordinal); i++)
        {
            await hour.ClickAsync();
            await Task.WhenAny(page.WaitForURLAsync("**range=1h", new() { Timeout = 1000 }));
        }

        await page.ReloadAsync();
        await Assertions.Expect(hour).ToHaveAttributeAsync("aria-pressed", "true", new() { Timeout = PatienceMillis });
    }

    [Fact]
    public async Task Abort_NeedsTheToken_ThenReachesTheControlPlane()
    {
        await using var browser = await BrowserPage.OpenAsync(1440, 900, ColorScheme.Dark);
        var page = browser.Page;
        page.SetDefaultTimeout(PatienceMillis);
        var abort = page.GetByRole(AriaRole.Button, new() { Name = "Abort", Exact = true });
        await page.GotoAsync(new Uri(Portal.Url, "rollouts/payment-v4").ToString());
        await abort.WaitForAsync();
        Assert.True(await abort.IsDisabledAsync());

        await page.GotoAsync(new Uri(Portal.Url, "rollouts/payment-v4?token=" + DemoPortal.Token).ToString());
        Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);
        var yes = page.GetByRole(AriaRole.Button, new() { Name = "Yes, abort" });
        for (int i = 0; i < 60 && await yes.CountAsync() == 0; i++)
        {
            // Until the page's circuit is there a click is not heard.
            await abort.ClickAsync();
            await Task.WhenAny(yes.WaitForAsync(new() { Timeout = 1000 }));
        }

        await yes.ClickAsync();
        await Assertions.Expect(yes).ToHaveCountAsync(0, new() { Timeout = PatienceMillis });
        Assert.Contains(("rollouts/payment-v4/abort", "Bearer " + DemoPortal.Token), Portal.Control.Changes);
    }

    private (string Name, string Path, string Text)[] Pages() =>
    [
        ("overview", "", "checkout v2 was rolled back"), ("topology", "topology", "ledger"), ("topology-node", "topology?node=checkout", "Called by"),
        ("rollouts", "rollouts", "payment"), ("rollout", "rollouts/checkout-v2", "harm proven"), ("rollout-under-way", "rollouts/payment-v4", "more requests"),
        ("incidents", "incidents", "checkout v2 fails"), ("incident", "incidents/i-20", "very likely"),
        ("traces", "traces", "POST /checkout"), ("trace", $"traces/{Portal.Traces.Failing}", "The error began in checkout v2"),
        ("services", "services", "inventory"), ("service", "services/checkout", "v1"), ("mesh", "mesh", "shipping"),
        ("policies", "policies", "HTTPRoute"), ("sampling", "sampling", "by chance"), ("sign-in", "sign-in", "Mesh token"),
    ];
}

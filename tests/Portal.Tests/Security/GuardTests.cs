using System.Net;

namespace MeshInsight.Portal.Tests.Security;

public class GuardTests(LonePortal portal) : IClassFixture<LonePortal>
{
    private HttpClient Http => portal.Http;

    [Fact]
    public async Task Host_OfSomeoneElse_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "evil.example";
        using var response = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("MESH_PORTAL_HOSTS", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("null")]
    public async Task Change_FromAnotherOrigin_IsRefused(string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/session/end");
        request.Headers.Add("Origin", origin);
        using var response = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Link_WithToken_SetsStrictCookieAndLeavesTheAddress()
    {
        using var response = await Http.GetAsync(new Uri($"/rollouts?token={LonePortal.Token}", UriKind.Relative));
        Assert.Equal("/rollouts", response.Headers.Location!.ToString());
        string cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(LonePortal.Token, cookie, StringComparison.Ordinal);
        Assert.Contains(">operator<", await PageAsync(cookie.Split(';')[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_WithWrongToken_SetsNothing()
    {
        using var response = await Http.GetAsync(new Uri("/?token=guess", UriKind.Relative));
        Assert.Equal("/sign-in?refused=true", response.Headers.Location!.ToString());
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("meshinsight_session=")]
    [InlineData("meshinsight_session=0000")]
    [InlineData("meshinsight_session=" + LonePortal.Token)]
    public async Task Cookie_ThatIsNotASession_OnlyReads(string cookie) =>
        Assert.Contains(">read-only<", await PageAsync(cookie), StringComparison.Ordinal);

    [Fact]
    public async Task Page_NothingBehindAnswers_StillAnswersAndSaysSo()
    {
        string page = await PageAsync("");
        Assert.Contains("Nothing is known yet", page, StringComparison.Ordinal);
        Assert.DoesNotContain("All is well", page, StringComparison.Ordinal);
        using var ready = await Http.GetAsync(new Uri("/readyz", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var alive = await Http.GetAsync(new Uri("/healthz", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Fact]
    public async Task Keys_StayInMemory_AndNobodyIsWarnedOfIt()
    {
        await PageAsync("");
        Assert.Empty(portal.Home.GetFiles("key-*", SearchOption.AllDirectories));
        Assert.DoesNotContain("DataProtection", portal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_Taken_EndsWithThreeAndNamesIt()
    {
        await using var second = LonePortal.Start(Http.BaseAddress!.Port, "", portal.Home.FullName);
        Assert.Equal(3, await second.WaitForExitAsync());
        Assert.Contains($"Port {Http.BaseAddress.Port} on 127.0.0.1 is taken", second.Output, StringComparison.Ordinal);
    }

    private async Task<string> PageAsync(string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        using var response = await Http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}

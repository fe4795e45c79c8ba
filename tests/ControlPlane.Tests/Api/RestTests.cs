using System.Net;
using System.Text.Json;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Api;

public sealed class RestTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("POST", "/apply")]
    [InlineData("DELETE", "/resources/Service/checkout")]
    public async Task Change_WithoutToken_IsRefused(string method, string path)
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri("/api/v1" + path, UriKind.Relative)) { Content = new StringContent(Shop.Services) };

        using var response = await control.Anonymous.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, (await control.GetAsync("/resources")).GetArrayLength());
    }

    [Fact]
    public async Task Apply_GoodThenBad_AnswersChangesThenEveryProblem()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var good = await control.PostAsync("/apply", Shop.Services);
        var applied = JsonSerializer.Deserialize<JsonElement>(await good.Content.ReadAsStringAsync()).GetProperty("applied");
        Assert.Equal("Created", applied[0].GetProperty("change").GetString());

        using var bad = await control.PostAsync("/apply", Shop.Rollout.Replace("canary: v2", "canary: v3").Replace("steps: [10, 50, 100]", "steps: many"));
        var problem = JsonSerializer.Deserialize<JsonElement>(await bad.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal("application/problem+json", bad.Content.Headers.ContentType?.MediaType);
        var first = problem.GetProperty("problems")[0];
        Assert.Equal(("apply", "Rollout", "checkout-v2", "spec.steps"), (
            first.GetProperty("file").GetString(), first.GetProperty("kind").GetString(), first.GetProperty("name").GetString(), first.GetProperty("field").GetString()));
        Assert.Equal(2, (await control.GetAsync("/resources")).GetArrayLength());
        Assert.Equal(0, (await control.GetAsync("/resources?kind=Rollout")).GetArrayLength());
    }

    [Fact]
    public async Task Services_DeclaredAndRegistered_AreListedWithTheirWeights()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await control.ApplyAsync(Shop.Services);
        await using var proxy = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
        await proxy.WaitAsync(s => s.Clusters.Any(c => c.Endpoints.Count == 1));

        var checkout = (await control.GetAsync("/services")).EnumerateArray().Single(s => s.GetProperty("name").GetString() == "checkout");

        Assert.Equal(1, checkout.GetProperty("instances").GetInt32());
        Assert.Equal("v1", checkout.GetProperty("weights")[0].GetProperty("version").GetString());
        Assert.Equal(100, checkout.GetProperty("weights")[0].GetProperty("percent").GetDouble());
    }

    [Fact]
    public async Task Directory_FileBreaksAndHeals_StatusShowsTheProblemMeanwhile()
    {
        string resources = _directory.File("resources");
        Directory.CreateDirectory(resources);
        string file = Path.Combine(resources, "shop.yaml");
        await File.WriteAllTextAsync(file, Shop.Services);
        await using var control = await RunningControlPlane.StartAsync(_directory, o => o with { ResourcesDirectory = resources });
        await Eventually.GetAsync(() => control.GetAsync("/resources"), r => r.GetArrayLength() == 2);

        await File.WriteAllTextAsync(file, Shop.Services.Replace("HTTP }", "HTTTP }"));
        var status = await Eventually.GetAsync(() => control.GetAsync("/status"), s => s.GetProperty("resourceProblems").GetArrayLength() > 0);
        Assert.Equal("spec.ports[0].protocol", status.GetProperty("resourceProblems")[0].GetProperty("field").GetString());
        Assert.Equal(2, (await control.GetAsync("/resources")).GetArrayLength());

        await File.WriteAllTextAsync(file, Shop.Services + "\n---\n" + Shop.Rollout);
        await Eventually.GetAsync(() => control.GetAsync("/resources"), r => r.GetArrayLength() == 3);
        Assert.Equal(0, (await control.GetAsync("/status")).GetProperty("resourceProblems").GetArrayLength());
    }

    [Fact]
    public async Task Events_NewSnapshot_ReachesTheListener()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        using var stream = new StreamReader(await control.Anonymous.GetStreamAsync(new Uri("/api/v1/events", UriKind.Relative)));
        Assert.Equal(": listening", await stream.ReadLineAsync());

        await control.ApplyAsync(Shop.Services);

        string? line;
        do
        {
            line = await stream.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }
        while (line != "event: snapshot");
        Assert.Contains("\"epoch\":", await stream.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_BodyWithoutEnd_IsCutOffAtTheLimit()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);

        using var response = await control.PostAsync("/apply", new string('#', 3 << 20));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public void TokenFile_MadeHere_IsReadableByItsOwnerOnly()
    {
        string path = _directory.File("token");
        MeshInsight.ControlPlane.Api.TokenFile.EnsureExists(path);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.Equal(64, File.ReadAllText(path).Trim().Length);
    }
}

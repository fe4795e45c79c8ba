using MeshInsight.Contracts.Mesh;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>Instances of a service are replaced one after the other, each sidecar a process that is asked to end as an operator would, while its caller does not stop.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class RollingRestartTests(EchoMesh mesh)
{
    private const int Instances = 3;
    private const int Callers = 8;

    // POST: nothing but the way of leaving may save it, it is never sent twice.
    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Instances_ReplacedUnderLoad_LoseNoRequest(string mutualTls)
    {
        string service = $"rolling-{mutualTls}";
        await using var app = await TestApp.StartAsync(new EchoApp(service).AnswerAsync);
        await using var _ = await mesh.ApplyAsync($$"""
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: {{service}} }
            spec: { versions: [v1] }
            """);
        var running = new List<(string Instance, ProgramProcess Process)>();
        try
        {
            for (int i = 0; i < Instances; i++)
            {
                running.Add(await StartAsync(service, i, app.Url, mutualTls));
            }

            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, Callers).Select(_ => CallAsync(service, stop.Token)).ToList();
            for (int i = Instances; i < 2 * Instances; i++)
            {
                running.Add(await StartAsync(service, i, app.Url, mutualTls));
                Assert.Equal(0, await running[0].Process.TerminateAsync());
                await running[0].Process.DisposeAsync();
                running.RemoveAt(0);
            }

            await stop.CancelAsync();
            var outcomes = (await Task.WhenAll(load)).SelectMany(o => o).ToList();
            Assert.True(outcomes.Count > 100, $"Only {outcomes.Count} requests were made.");
            Assert.DoesNotContain(outcomes, o => o != "200");
        }
        finally
        {
            foreach (var (_, process) in running)
            {
                await process.DisposeAsync();
            }
        }
    }

    private async Task<List<string>> CallAsync(string service, CancellationToken stop)
    {
        var outcomes = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            var answer = await mesh.Client.SendAsync(service + "/", HttpMethod.Post, new StringContent("x"));
            outcomes.Add(answer.Status == 200 ? "200" : $"{answer.Status} {answer.Text}");
        }

        return outcomes;
    }

    /// <returns>When callers know of it.</returns>
    private async Task<(string Instance, ProgramProcess Process)> StartAsync(string service, int number, Uri app, string mutualTls)
    {
        string instance = $"{service}-{number}";
        var process = ProgramProcess.Start(Repository.ProgramPath("Proxy"), new Dictionary<string, string>
        {
            ["MESH_SERVICE"] = service,
            ["MESH_VERSION"] = "v1",
            ["MESH_INSTANCE"] = instance,
            ["MESH_APP_URL"] = app.ToString(),
            ["MESH_MTLS"] = mutualTls,
            ["MESH_CONTROL_URL"] = mesh.ControlUrl.ToString(),
            ["MESH_TOKEN_FILE"] = mesh.TokenFile,
            ["MESH_OTLP_URL"] = "off",
        });
        await process.ListeningAsync("inbound");
        await Eventually.HoldsAsync(() => mesh.Caller.Routes.Table.Snapshot.Clusters.Any(c => c.Endpoints.Any(e => e.InstanceId == instance && e.IsReady && IsAsAsked(e))));
        return (instance, process);

        bool IsAsAsked(EndpointConfig endpoint) => mutualTls == "off" || endpoint.Identity.Length > 0;
    }
}

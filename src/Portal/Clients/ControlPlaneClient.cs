using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Security;
using MeshInsight.Portal.Settings;

namespace MeshInsight.Portal.Clients;

/// <summary>Thrown when the control plane answers with an error; the message is its own title and detail.</summary>
internal sealed class ControlPlaneException(string message) : Exception(message);

/// <summary>The control plane's REST interface. Reads need nothing; changes carry the mesh token. Not answering is an <see cref="HttpRequestException"/>.</summary>
internal sealed class ControlPlaneClient(HttpClient http, PortalSettings settings, OperatorToken token)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        // Unknown figures travel as "NaN".
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Uri _root = new(settings.ApiUrl, "/api/v1/");

    public Task<ControlStatus> StatusAsync(CancellationToken cancellation) => GetAsync<ControlStatus>("status", cancellation);

    public Task<IReadOnlyList<MeshInstance>> InstancesAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<MeshInstance>>("instances", cancellation);

    public Task<IReadOnlyList<MeshService>> ServicesAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<MeshService>>("services", cancellation);

    public Task<IReadOnlyList<MeshResource>> ResourcesAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<MeshResource>>("resources", cancellation);

    public Task<IReadOnlyList<RolloutStatus>> RolloutsAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<RolloutStatus>>("rollouts", cancellation);

    public Task<IReadOnlyList<Incident>> IncidentsAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<Incident>>("incidents", cancellation);

    public Task<IReadOnlyList<Decision>> DecisionsAsync(CancellationToken cancellation) => GetAsync<IReadOnlyList<Decision>>("decisions", cancellation);

    /// <param name="action"><c>promote</c>, <c>abort</c>, <c>pause</c> or <c>resume</c>.</param>
    public Task ChangeRolloutAsync(string name, string action, CancellationToken cancellation) =>
        PostAsync($"rollouts/{Uri.EscapeDataString(name)}/{action}", cancellation);

    public Task UndoAsync(string decisionId, CancellationToken cancellation) =>
        PostAsync($"decisions/{Uri.EscapeDataString(decisionId)}/undo", cancellation);

    /// <summary>The event stream, open until cancelled or the control plane ends it.</summary>
    public async Task<Stream> EventsAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_root, "events"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync(cancellation);
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri(_root, path), cancellation);
        await ThrowOnErrorAsync(response, cancellation);
        return await response.Content.ReadFromJsonAsync<T>(Json, cancellation)
            ?? throw new ControlPlaneException($"The control plane answered {path} with nothing.");
    }

    private async Task PostAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_root, path));
        request.Headers.Authorization = token.Read() is { } secret ? new AuthenticationHeaderValue("Bearer", secret) : null;
        using var response = await http.SendAsync(request, cancellation);
        await ThrowOnErrorAsync(response, cancellation);
    }

    private static async Task ThrowOnErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        string text = await response.Content.ReadAsStringAsync(cancellation);
        throw new ControlPlaneException(Describe(text) ?? $"The control plane answered {(int)response.StatusCode} to {response.RequestMessage?.RequestUri?.AbsolutePath}.");
    }

    private static string? Describe(string text)
    {
        try
        {
            var problem = JsonSerializer.Deserialize<ControlPlaneProblem>(text, Json);
            return problem?.Title is null ? null : problem.Detail is { Length: > 0 } detail ? $"{problem.Title}: {detail}" : problem.Title;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Cli.Api;

/// <summary>The control plane's REST API (docs/architecture.md). Every failure is a <see cref="MeshApiException"/>.</summary>
internal sealed class MeshApi : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="token">Needed by whatever changes state; null when only reading.</param>
    public MeshApi(Uri address, string? token)
    {
        _http = new HttpClient { BaseAddress = new Uri(address, "api/v1/"), Timeout = TimeSpan.FromSeconds(10) };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public Task<StatusAnswer> StatusAsync(CancellationToken cancellation) => GetAsync<StatusAnswer>("status", cancellation);

    public Task<List<InstanceAnswer>> InstancesAsync(CancellationToken cancellation) => GetAsync<List<InstanceAnswer>>("instances", cancellation);

    public Task<List<ServiceAnswer>> ServicesAsync(CancellationToken cancellation) => GetAsync<List<ServiceAnswer>>("services", cancellation);

    public Task<List<ResourceAnswer>> ResourcesAsync(CancellationToken cancellation) => GetAsync<List<ResourceAnswer>>("resources", cancellation);

    public Task<List<RolloutStatus>> RolloutsAsync(CancellationToken cancellation) => GetAsync<List<RolloutStatus>>("rollouts", cancellation);

    public Task<List<Incident>> IncidentsAsync(bool openOnly, CancellationToken cancellation) =>
        GetAsync<List<Incident>>(openOnly ? "incidents?open=true" : "incidents", cancellation);

    public Task<Incident> IncidentAsync(string id, CancellationToken cancellation) => GetAsync<Incident>("incidents/" + Uri.EscapeDataString(id), cancellation);

    public Task<List<Decision>> DecisionsAsync(CancellationToken cancellation) => GetAsync<List<Decision>>("decisions", cancellation);

    /// <param name="action">promote, abort, pause or resume.</param>
    public Task<RolloutStatus> RolloutAsync(string name, string action, CancellationToken cancellation) =>
        SendAsync<RolloutStatus>(HttpMethod.Post, $"rollouts/{Uri.EscapeDataString(name)}/{action}", null, cancellation);

    public Task<ApplyAnswer> ApplyAsync(string yaml, bool dryRun, CancellationToken cancellation) =>
        SendAsync<ApplyAnswer>(HttpMethod.Post, dryRun ? "apply?dryRun=true" : "apply", new StringContent(yaml, Encoding.UTF8, "application/yaml"), cancellation);

    public Task<IdentityAnswer> IdentityAsync(CancellationToken cancellation) => GetAsync<IdentityAnswer>("identity", cancellation);

    public Task<IdentityAnswer> RotateRootAsync(CancellationToken cancellation) => SendAsync<IdentityAnswer>(HttpMethod.Post, "identity/rotate", null, cancellation);

    public Task<JoinTokenAnswer> CreateJoinTokenAsync(string service, int minutes, CancellationToken cancellation) =>
        SendAsync<JoinTokenAnswer>(HttpMethod.Post, $"tokens?service={Uri.EscapeDataString(service)}&minutes={minutes.ToString(CultureInfo.InvariantCulture)}", null, cancellation);

    /// <summary>Nothing happens when there is no such resource.</summary>
    public async Task DeleteAsync(string kind, string name, CancellationToken cancellation)
    {
        string path = $"resources/{Uri.EscapeDataString(kind)}/{Uri.EscapeDataString(name)}";
        try
        {
            using var response = await _http.DeleteAsync(path, cancellation);
            if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.NotFound)
            {
                throw new MeshApiException(Explain((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellation)));
            }
        }
        catch (HttpRequestException failure)
        {
            throw new MeshApiException($"The control plane cannot be reached: {failure.Message}", unreachable: true);
        }
    }

    public Task<T> GetAsync<T>(string path, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Get, path, null, cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await _http.SendAsync(request, cancellation);
            string body = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException("The answer is empty.")
                : throw new MeshApiException(Explain((int)response.StatusCode, body));
        }
        catch (HttpRequestException failure)
        {
            throw new MeshApiException(
                $"The control plane at {_http.BaseAddress!.GetLeftPart(UriPartial.Authority)} cannot be reached: {failure.Message} Is the mesh running (./mesh up), and with this --port-base?",
                unreachable: true);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new MeshApiException($"The control plane did not answer within {_http.Timeout.TotalSeconds} s.", unreachable: true);
        }
        catch (JsonException unreadable)
        {
            throw new MeshApiException($"The control plane's answer to {path} cannot be read: {unreadable.Message}");
        }
    }

    private static string Explain(int status, string body)
    {
        ProblemAnswer? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize<ProblemAnswer>(body, Json);
        }
        catch (JsonException)
        {
            // Not a problem document: the text itself must do.
            return $"HTTP {status}: {body.Trim()}";
        }

        var text = new StringBuilder(problem?.Detail ?? problem?.Title ?? $"HTTP {status}");
        foreach (var one in problem?.Problems ?? [])
        {
            text.AppendLine().Append("  ").Append(Place(one)).Append(one.Message);
            if (one.Allowed is { Count: > 0 })
            {
                text.Append(" Allowed: ").AppendJoin(", ", one.Allowed).Append('.');
            }
        }

        return text.ToString();
    }

    private static string Place(ResourceProblemAnswer problem)
    {
        string[] parts =
        [
            string.IsNullOrEmpty(problem.File) ? "" : problem.File,
            problem.Document is { } document ? $"document {document}" : "",
            $"{problem.Kind} {problem.Name}".Trim(),
            problem.Field ?? "",
        ];
        string place = string.Join(", ", parts.Where(part => part.Length > 0));
        return place.Length > 0 ? place + ": " : "";
    }
}

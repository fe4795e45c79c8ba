using System.Net.Http.Json;
using System.Text.Json;

namespace MeshInsight.Cli.Demo;

/// <summary>Sets and reads the faults of one instance of the shop.</summary>
internal sealed class FaultClient(HttpClient http, Uri admin)
{
    public sealed record Plan(double ErrorShare, double AddedLatencyMs, double AfterSeconds, double ForSeconds);

    private sealed record State(long Failed, long Delayed, long FirstFailureUnixMillis, long FirstDelayUnixMillis);

    /// <exception cref="HttpRequestException">The instance is gone, does not answer in time, or refuses the plan.</exception>
    public async Task SetAsync(Plan plan, CancellationToken cancellation)
    {
        try
        {
            using var response = await http.PostAsJsonAsync(new Uri(admin, "faults"), plan, JsonSerializerOptions.Web, cancellation);
            response.EnsureSuccessStatusCode();
        }
        catch (TaskCanceledException failure) when (failure.InnerException is TimeoutException)
        {
            // As a cancellation it would end the program without a word.
            throw new HttpRequestException($"{admin} has not taken the faults within {http.Timeout.TotalSeconds:0.#} s.", failure);
        }
    }

    /// <returns>When the first request was failed or delayed on purpose; null when none was, or the instance is gone.</returns>
    public async Task<DateTimeOffset?> FirstAsync(CancellationToken cancellation)
    {
        try
        {
            var state = await http.GetFromJsonAsync<State>(new Uri(admin, "faults"), JsonSerializerOptions.Web, cancellation);
            long first = state switch
            {
                { FirstFailureUnixMillis: > 0 } => state.FirstFailureUnixMillis,
                { FirstDelayUnixMillis: > 0 } => state.FirstDelayUnixMillis,
                _ => 0,
            };
            return first > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(first) : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or TaskCanceledException { InnerException: TimeoutException })
        {
            return null;
        }
    }
}

using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Filter;

/// <summary>Changes headers as routes ask.</summary>
internal static class HeaderFilter
{
    // What a request needs at its end is known at its start; the delegate is made once.
    private static readonly Func<object, Task> OnStarting = static state =>
    {
        var (changes, headers) = (ResponseChanges)state;
        Apply(changes, headers);
        return Task.CompletedTask;
    };

    public static void Apply(HeaderChanges changes, IHeaderDictionary headers)
    {
        foreach (string name in changes.Remove)
        {
            headers.Remove(name);
        }

        foreach (var (name, value) in changes.Set)
        {
            headers[name] = value;
        }

        foreach (var (name, value) in changes.Add)
        {
            headers.Append(name, value);
        }
    }

    /// <summary>
    /// Changes the response's headers when its head goes out, whoever gave it: the upstream, at whatever try, or the sidecar itself. What is registered last
    /// is applied first.
    /// </summary>
    public static void ApplyAtStart(HeaderChanges changes, HttpResponse response) => response.OnStarting(OnStarting, new ResponseChanges(changes, response.Headers));

    private sealed record ResponseChanges(HeaderChanges Changes, IHeaderDictionary Headers);
}

namespace MeshInsight.LoadGenerator;

/// <summary>Which request comes next. Half of the visitors buy, so that a rollout of checkout has something to judge.</summary>
internal sealed class RequestMix(int seed)
{
    private static readonly (int Weight, string Method, string Path)[] s_requests =
    [
        (50, "POST", "/checkout"),
        (20, "GET", "/"),
        (15, "GET", "/product/tea"),
        (15, "POST", "/cart"),
    ];

    private readonly Random _random = new(seed);

    public (HttpMethod Method, string Path) Next()
    {
        int draw = _random.Next(s_requests.Sum(request => request.Weight));
        foreach (var (weight, method, path) in s_requests)
        {
            draw -= weight;
            if (draw < 0)
            {
                return (HttpMethod.Parse(method), path);
            }
        }

        throw new InvalidOperationException("The weights do not add up.");
    }
}

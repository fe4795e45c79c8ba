namespace MeshInsight.Portal.ViewModels;

/// <summary>The sampler's reasons for people.</summary>
public static class SamplingWords
{
    public static string Short(string reason) => reason switch
    {
        "Error" or "error" => "error",
        "Slow" or "slow" => "slow",
        "NewPath" or "new_path" or "newPath" => "new path",
        "RarePath" or "rare_path" or "rarePath" => "rare path",
        "Asked" or "asked" => "asked why",
        "Probabilistic" or "probabilistic" => "by chance",
        "" => Figures.Unknown,
        _ => reason,
    };

    public static string Long(string reason) => Short(reason) switch
    {
        "error" => "A span failed. Every such trace is kept.",
        "slow" => "Slower than this kind of request usually is. Every such trace is kept.",
        "new path" => "The first requests that took this way through the services.",
        "rare path" => "A way through the services that few requests take.",
        "asked why" => "Somebody with the mesh's why key asked for an explanation. Every such trace is kept.",
        "by chance" => "Ordinary requests, kept with the probability stamped on the trace, so that counts from kept traces stay unbiased.",
        _ => "Kept for this reason by the collector.",
    };
}

using System.Runtime.CompilerServices;

namespace MeshInsight.Anomaly.Sampling;

/// <summary>What is unusual about one trace.</summary>
internal struct TraceEvidence
{
    public const int Views = 6;

    /// <summary>By <see cref="SamplingView"/>; 0 where nothing is, any unit and scale.</summary>
    public ViewValues Strength;

    /// <summary>The service that slowness or failure points to; null when nothing does.</summary>
    public ServiceModel? Suspect;

    public PathTypeModel Path;

    /// <summary>Traces of the path type before this one.</summary>
    public double EarlierTraces;

    /// <summary>0 (usual) to 1.</summary>
    public double AnomalyScore;

    public bool HasFailure;
}

/// <summary>A number for every <see cref="SamplingView"/>.</summary>
[InlineArray(TraceEvidence.Views)]
internal struct ViewValues
{
    private double _first;
}

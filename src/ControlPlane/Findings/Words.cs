using System.Globalization;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>Symptoms and causes in words.</summary>
internal static class Words
{
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0} s");

    /// <summary>What the finding says, without its cause.</summary>
    public static string Symptom(Finding finding) => $"{finding.Subject}: {Measured(finding)}";

    /// <summary>The same without its subject.</summary>
    public static string Measured(Finding finding) => finding.Signal switch
    {
        SignalKind.Errors => $"{Readable.Percent(finding.Observed)} of requests fail, usually {Readable.Percent(finding.Expected)}",
        SignalKind.Latency => $"p95 is {Readable.Millis(finding.Observed)}, usually {Readable.Millis(finding.Expected)}",
        _ => $"traffic is {Readable.Number(finding.Observed)} req/s, usually {Readable.Number(finding.Expected)} req/s",
    };

    /// <summary>Whether it is the service itself, one version, or one instance of it.</summary>
    public static string CauseOf(SuspectedCause cause, Finding symptom)
    {
        var subject = cause.Subject;
        bool isSame = subject.Service == symptom.Subject.Service;
        return subject.Scope switch
        {
            SubjectScope.Version when isSame => $"{subject.Version} itself (its own code, not a dependency)",
            SubjectScope.Instance when isSame => $"instance {subject.Instance} alone",
            SubjectScope.Service when isSame => $"{subject.Service} itself, not a dependency",
            _ => isSame ? $"{subject}" : $"{subject}, on which {symptom.Subject.Service} depends",
        };
    }
}

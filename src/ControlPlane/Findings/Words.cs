using System.Globalization;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>Numbers and subjects as people read them: shares in %, times in ms, three digits at most.</summary>
internal static class Words
{
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Digits(share * 100)} %");

    public static string Millis(double millis) => string.Create(CultureInfo.InvariantCulture, $"{Digits(millis)} ms");

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0} s");

    /// <summary>What the finding says, without its cause.</summary>
    public static string Symptom(Finding finding) => finding.Signal switch
    {
        SignalKind.Errors => $"{finding.Subject}: {Percent(finding.Observed)} of requests fail, usually {Percent(finding.Expected)}",
        SignalKind.Latency => $"{finding.Subject}: p95 is {Millis(finding.Observed)}, usually {Millis(finding.Expected)}",
        _ => $"{finding.Subject}: traffic is {Digits(finding.Observed)} req/s, usually {Digits(finding.Expected)} req/s",
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

    private static string Digits(double value)
    {
        string format = Math.Abs(value) switch
        {
            >= 10 => "0",
            >= 1 => "0.#",
            _ => "0.##",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}

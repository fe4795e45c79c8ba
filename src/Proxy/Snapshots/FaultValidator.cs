using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>Looks for faults that could not be injected as they stand.</summary>
internal static class FaultValidator
{
    public static void Check(IReadOnlyList<FaultConfig> faults, List<string> problems)
    {
        SnapshotChecks.Once("FaultInjection", faults.Select(f => f.Name), problems);
        foreach (var fault in faults)
        {
            string where = $"FaultInjection '{fault.Name}'";
            foreach (var match in fault.Matches)
            {
                SnapshotValidator.Check(match, where, problems);
            }

            if (fault.Delay is { } delay)
            {
                CheckPercentage(delay.Percentage, $"{where}: delay", problems);
                if (delay.Fixed < TimeSpan.Zero || delay.Fixed > TimeSpan.FromDays(1))
                {
                    problems.Add($"{where}: the delay is {delay.Fixed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms; allowed are 0 to a day.");
                }
            }

            if (fault.Abort is { } abort)
            {
                CheckPercentage(abort.Percentage, $"{where}: abort", problems);
                if (abort.HttpStatus is not (0 or (>= 200 and <= 599)) || abort.GrpcStatus is < -1 or > 16)
                {
                    problems.Add($"{where}: the abort has HTTP status {abort.HttpStatus}, gRPC status {abort.GrpcStatus}; allowed are 200 to 599, and 0 to 16.");
                }
            }

            if (fault.MaxActive < 0)
            {
                problems.Add($"{where}: at most {fault.MaxActive} active faults; it cannot be negative.");
            }
        }
    }

    private static void CheckPercentage(double percentage, string where, List<string> problems)
    {
        if (!(percentage is >= 0 and <= 100))
        {
            problems.Add($"{where}: {percentage.ToString(CultureInfo.InvariantCulture)} percent; allowed are 0 to 100.");
        }
    }
}

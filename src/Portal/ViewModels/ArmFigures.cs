using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Portal.ViewModels;

/// <summary>One arm's figures; NaN (unknown) while it had no requests.</summary>
public static class ArmFigures
{
    public static double Failed(ArmCounts arm) => arm.Requests == 0 ? double.NaN : (double)arm.Errors / arm.Requests;

    public static double Slow(ArmCounts arm) => arm.Requests == 0 ? double.NaN : (double)arm.Slow / arm.Requests;

    public static double P50(ArmCounts arm) => arm.Requests == 0 ? double.NaN : arm.P50Millis;

    public static double P95(ArmCounts arm) => arm.Requests == 0 ? double.NaN : arm.P95Millis;

    public static double P99(ArmCounts arm) => arm.Requests == 0 ? double.NaN : arm.P99Millis;
}

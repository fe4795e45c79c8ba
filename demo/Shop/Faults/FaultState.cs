namespace MeshInsight.Shop.Faults;

/// <summary>What a faulty instance has done so far.</summary>
/// <param name="Active">Whether the plan is in force at this moment.</param>
/// <param name="FirstFailureUnixMillis">When the first request was failed on purpose; 0 when none was.</param>
/// <param name="FirstDelayUnixMillis">When the first request was delayed on purpose; 0 when none was.</param>
internal sealed record FaultState(FaultPlan Plan, bool Active, long Requests, long Failed, long Delayed, long FirstFailureUnixMillis, long FirstDelayUnixMillis);

namespace MeshInsight.Proxy.Protect;

/// <summary>A gate at one moment.</summary>
/// <param name="Active">In flight, to the end of their responses.</param>
/// <param name="Working">Of those, the ones that wait for their response's head.</param>
/// <param name="MaxRequests">0 for no fixed bound.</param>
/// <param name="LearnedLimit">0 where none is learned.</param>
/// <param name="IsMeasuring">The least latency is being measured.</param>
/// <param name="Waiting">By rank of class.</param>
/// <param name="Admitted">By rank of class, since the sidecar's start.</param>
/// <param name="Refused">By rank of class and <see cref="AdmissionAnswer"/>, since the sidecar's start.</param>
internal sealed record AdmissionReport(
    int Active, int Working, int MaxRequests, int LearnedLimit, bool IsMeasuring, TimeSpan MinRtt, TimeSpan SampleRtt, int[] Waiting, long[] Admitted, long[,] Refused);

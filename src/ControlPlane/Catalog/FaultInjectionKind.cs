using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>FaultInjection: the fields of Istio's HTTPFaultInjection (https://istio.io/latest/docs/reference/config/networking/virtual-service/) with matches, callers and Envoy's faults by header.</summary>
internal sealed class FaultInjectionKind : IResourceKind
{
    private const int MaxActive = 1_000_000;

    // https://github.com/grpc/grpc/blob/master/doc/statuscodes.md, in the order of their numbers.
    private static readonly Dictionary<string, int> GrpcStatuses = new[]
    {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    }.Select((name, number) => (name, number)).ToDictionary(s => s.name, s => s.number);

    public string Kind => "FaultInjection";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var fault = new FaultConfig(
            name,
            TargetRefs.Read(spec, required: true),
            TargetRefs.Read(spec, "from"),
            HttpRouteMatches.Read(spec),
            spec.Map("delay") is { } delay ? ReadDelay(delay) : null,
            spec.Map("abort") is { } abort ? ReadAbort(abort) : null,
            spec.Integer("maxActiveFaults", 1, MaxActive, 0));
        if (fault.Delay is null && fault.Abort is null)
        {
            spec.Problem("delay", "or abort is required; without one nothing is injected.");
        }

        return fault;
    }

    private static FaultDelay ReadDelay(FieldReader reader)
    {
        bool isByHeader = reader.Flag("headerDelay");
        if (isByHeader == reader.Has("fixedDelay"))
        {
            reader.Problem("fixedDelay", "or headerDelay: true is required, one of the two.");
        }

        var fixedDelay = reader.PositiveDuration("fixedDelay", TimeSpan.FromMilliseconds(1));
        var delay = new FaultDelay(isByHeader ? TimeSpan.Zero : fixedDelay, Percentage(reader));
        reader.Finish();
        return delay;
    }

    private static FaultAbort ReadAbort(FieldReader reader)
    {
        bool isByHeader = reader.Flag("headerAbort");
        if ((isByHeader ? 1 : 0) + (reader.Has("httpStatus") ? 1 : 0) + (reader.Has("grpcStatus") ? 1 : 0) != 1)
        {
            reader.Problem("httpStatus", "or grpcStatus, or headerAbort: true is required, one of the three.");
        }

        var abort = new FaultAbort(reader.Integer("httpStatus", 200, 599, 0), reader.Choice("grpcStatus", GrpcStatuses, -1), Percentage(reader));
        reader.Finish();
        return abort;
    }

    private static double Percentage(FieldReader reader) => reader.Number("percentage", 0, 100, 100);
}

using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>A fault injection as control.proto has it.</summary>
internal static class FaultWire
{
    public static Wire.FaultInjection Write(FaultConfig fault)
    {
        var message = new Wire.FaultInjection
        {
            Name = fault.Name,
            Delay = fault.Delay is { } delay ? new() { FixedMillis = SnapshotWire.Millis(delay.Fixed), Percentage = delay.Percentage } : null,
            Abort = fault.Abort is { } abort ? Write(abort) : null,
            MaxActive = fault.MaxActive,
        };
        message.Services.AddRange(fault.Services);
        message.Callers.AddRange(fault.Callers);
        message.Matches.AddRange(fault.Matches.Select(SnapshotWire.Write));
        return message;
    }

    private static Wire.FaultAbort Write(FaultAbort abort)
    {
        var message = new Wire.FaultAbort { Percentage = abort.Percentage };
        if (abort.GrpcStatus >= 0)
        {
            message.GrpcStatus = abort.GrpcStatus;
        }
        else if (abort.HttpStatus > 0)
        {
            message.HttpStatus = abort.HttpStatus;
        }

        return message;
    }
}

namespace MeshInsight.Proxy.Export;

/// <summary>Why telemetry was thrown away; the label <c>reason</c> of the drop counter.</summary>
internal enum DropReason
{
    /// <summary>Produced faster than it is sent: every batch was full or on its way.</summary>
    QueueFull,

    /// <summary>The collector was away for longer than the retry buffer holds.</summary>
    RetryBufferFull,

    /// <summary>The collector refused it for good.</summary>
    Refused,

    /// <summary>Still unsent when the sidecar stopped.</summary>
    Stopped,
}

using System.Globalization;
using System.Net.Http.Headers;

namespace MeshInsight.Proxy.Forward;

/// <summary>The status of a gRPC response, in its trailers or, when nothing else was sent, in its head.</summary>
internal static class GrpcStatusHeader
{
    public const string Name = "grpc-status";

    public static bool TryRead(HttpHeaders headers, out int status)
    {
        status = -1;
        return headers.NonValidated.TryGetValues(Name, out var values)
            && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out status);
    }
}

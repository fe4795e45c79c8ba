using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// What clients may do. A proxy adds no limits of its own to bodies: their size and pace are between client and app, and header bytes pass as they came. An app in
/// this process has nobody behind it who would set limits, and reads headers as apps do: there Kestrel's defaults stay.
/// </summary>
internal static class ClientLimits
{
    public static void Apply(KestrelServerOptions options, bool isApp)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        // Absolute-form requests (HTTP_PROXY) name the service in the target, whatever Host says.
        options.AllowHostHeaderOverride = true;
        options.AllowAlternateSchemes = true;
        var limits = options.Limits;
        if (!isApp)
        {
            // Only Latin-1 maps every byte to a character and back.
            options.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            limits.MaxRequestBodySize = null;
            limits.MinRequestBodyDataRate = null;
            limits.MinResponseDataRate = null;
        }

        limits.MaxRequestHeadersTotalSize = 64 * 1024;
        limits.MaxRequestLineSize = 32 * 1024;
        // Longer than any pool keeps idle connections, so that the client closes first and no request meets a closing connection.
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
        limits.Http2.MaxStreamsPerConnection = 1000;
        limits.Http2.MaxRequestHeaderFieldSize = 32 * 1024;
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Client.Outbound;

/// <summary>A client's message as a server would have read it.</summary>
internal static class RequestHeads
{
    public static HttpRequestFeature Read(HttpRequestMessage message, Uri uri, Stream body)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        // Asked for first: only then it is among the content's headers.
        long? length = message.Content?.Headers.ContentLength;
        Copy(message.Headers, headers);
        if (message.Content is { } content)
        {
            Copy(content.Headers, headers);
            headers.ContentLength = length;
        }

        headers.Host = message.Headers.Host ?? uri.Authority;
        Trace(headers);
        return new()
        {
            Protocol = message.Version.Major >= 2 ? "HTTP/2" : "HTTP/1.1",
            // WebSockets' ws is an upgrade of it.
            Scheme = Uri.UriSchemeHttp,
            Method = message.Method.Method,
            Path = PathString.FromUriComponent(uri.AbsolutePath).Value ?? "/",
            QueryString = uri.Query,
            RawTarget = uri.PathAndQuery,
            Headers = headers,
            Body = body,
        };
    }

    private static void Copy(HttpHeaders from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            to[name] = values.Count == 1 ? values.ToString() : new StringValues([.. values]);
        }
    }

    // As every HttpClient does, except that the span is ours to make.
    private static void Trace(IHeaderDictionary headers)
    {
        if (!headers.ContainsKey("traceparent") && Activity.Current is { } activity)
        {
            DistributedContextPropagator.Current.Inject(activity, headers, static (carrier, name, value) => ((IHeaderDictionary)carrier!)[name] = value);
        }
    }
}

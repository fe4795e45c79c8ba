using System.Runtime.InteropServices;
using System.Text;
using MeshInsight.Collector.Assemble;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Sample;

/// <summary>
/// Names the service that explains a trace: for an error the end of the chain of failed spans, for slowness the service that worked longest beyond what
/// its spans usually take. Not thread-safe.
/// </summary>
internal sealed class SuspectFinder
{
    /// <summary>Longest chain of failed spans followed; a peer may send any shape.</summary>
    private const int DeepestChain = 64;

    private readonly SelfTimeModel _usual = new();
    private readonly Dictionary<string, double> _excess = [];

    /// <summary>Learns from an ordinary trace.</summary>
    public void Learn(PendingTrace trace, TraceTree tree)
    {
        for (int i = 0; i < tree.Count; i++)
        {
            _usual.Learn(Key(trace.Spans[i].Span), tree.SelfNanos(trace, i));
        }
    }

    /// <returns>Empty when no span failed.</returns>
    public static string ErrorOrigin(PendingTrace trace, TraceTree tree)
    {
        int origin = First(trace, tree);
        if (origin < 0)
        {
            return "";
        }

        // Down the chain: of several failed calls the last one decided the request (an earlier one was retried).
        for (int depth = 0; depth < DeepestChain && LastFailedChild(trace, tree, origin) is var next and >= 0; depth++)
        {
            origin = next;
        }

        return Blamed(trace.Spans[origin], hasChild: false);
    }

    public string SlowestBeyondUsual(PendingTrace trace, TraceTree tree)
    {
        _excess.Clear();
        for (int i = 0; i < tree.Count; i++)
        {
            var place = trace.Spans[i];
            double excess = tree.SelfNanos(trace, i) - _usual.Expected(Key(place.Span));
            ref double sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_excess, Blamed(place, tree.HasChild(i)), out _);
            sum += excess;
        }

        return _excess.Count == 0 ? "" : _excess.MaxBy(service => service.Value).Key;
    }

    private static ulong Key(in SpanRecord span) => TextHash.Add(TextHash.Add(TextHash.Start + (ulong)span.Kind, span.ServiceName), span.Name);

    // The earliest failed span with no failed caller above it.
    private static int First(PendingTrace trace, TraceTree tree)
    {
        int first = -1;
        for (int i = 0; i < tree.Count; i++)
        {
            bool top = tree.Failed(i) && (tree.Parent(i) < 0 || !tree.Failed(tree.Parent(i)));
            if (top && (first < 0 || trace.Spans[i].Span.StartUnixNano < trace.Spans[first].Span.StartUnixNano))
            {
                first = i;
            }
        }

        return first;
    }

    private static int LastFailedChild(PendingTrace trace, TraceTree tree, int parent)
    {
        int last = -1;
        for (int i = 0; i < tree.Count; i++)
        {
            if (tree.Parent(i) == parent && tree.Failed(i) && (last < 0 || trace.Spans[i].Span.EndUnixNano > trace.Spans[last].Span.EndUnixNano))
            {
                last = i;
            }
        }

        return last;
    }

    // A call that nobody answered with a span of his own (not reached, timed out, exports nothing) is the callee's, unless a fault at the caller answered it.
    private static string Blamed(in SpanPlace place, bool hasChild)
    {
        var span = place.Span;
        if (span.Kind == SpanKind.Client && !hasChild && !place.Batch.Keys.IsInjected(span.Batch, span.Row))
        {
            var callee = place.Batch.Keys.Callee(span.Batch, span.Row);
            if (!callee.IsEmpty)
            {
                return Encoding.UTF8.GetString(callee);
            }
        }

        return Encoding.UTF8.GetString(span.ServiceName);
    }
}

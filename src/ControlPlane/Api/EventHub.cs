using System.Collections.Concurrent;
using System.Threading.Channels;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Api;

/// <summary>One server-sent event.</summary>
internal readonly record struct ApiEvent(string Name, string Data);

/// <summary>Hands records to everyone who listens to <c>/events</c>. A listener that does not read loses the oldest; it reads the lists again when it reconnects.</summary>
internal sealed class EventHub
{
    private const int Backlog = 256;

    private readonly ConcurrentDictionary<Channel<ApiEvent>, bool> _listeners = new();

    public void Publish<T>(string name, T record)
    {
        if (_listeners.IsEmpty)
        {
            return;
        }

        var message = new ApiEvent(name, Json.Write(record));
        foreach (var listener in _listeners.Keys)
        {
            listener.Writer.TryWrite(message);
        }
    }

    public Channel<ApiEvent> Listen()
    {
        var channel = Channel.CreateBounded<ApiEvent>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        _listeners[channel] = true;
        return channel;
    }

    public void Leave(Channel<ApiEvent> channel) => _listeners.TryRemove(channel, out _);
}

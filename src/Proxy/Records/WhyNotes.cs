namespace MeshInsight.Proxy.Records;

/// <summary>What is to be told about one request, in words; becomes events of its spans. Bounded. Owned by the request.</summary>
/// <param name="key">Goes on to the next hop.</param>
internal sealed class WhyNotes(string key, TimeProvider time)
{
    public const int MaxNotes = 32;
    public const int MaxTextLength = 2048;

    private readonly List<WhyNote> _notes = [];
    private int _taken;

    public string Key => key;

    /// <param name="subject">One of few words.</param>
    public void Add(string subject, string text)
    {
        if (_notes.Count < MaxNotes)
        {
            _notes.Add(new(subject, text.Length > MaxTextLength ? text[..MaxTextLength] : text, UnixTime.Nanos(time.GetUtcNow())));
        }
    }

    /// <summary>For who has several things to say of one subject. Apart from its callers, so that requests nobody asks about make no closure.</summary>
    public Action<string> Adding(string subject) => text => Add(subject, text);

    /// <summary>Notes that no span carries yet; the next call gives those that came after.</summary>
    public ReadOnlySpan<WhyNote> Take()
    {
        var fresh = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_notes)[_taken..];
        _taken = _notes.Count;
        return fresh;
    }
}

internal readonly record struct WhyNote(string Subject, string Text, long UnixNanos);

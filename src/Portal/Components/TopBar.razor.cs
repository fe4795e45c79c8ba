namespace MeshInsight.Portal.Components;

public partial class TopBar : IDisposable
{
    private string _text = "";

    public void Dispose()
    {
        View.Changed -= Draw;
        GC.SuppressFinalize(this);
    }

    protected override void OnInitialized() => View.Changed += Draw;

    /// <summary>32 hex digits are a trace; everything else is looked for in services and operations.</summary>
    private void Search()
    {
        string text = _text.Trim();
        if (text.Length == 0)
        {
            return;
        }

        bool isTrace = text.Length == 32 && text.All(char.IsAsciiHexDigit);
        Navigation.NavigateTo(isTrace ? $"traces/{text.ToLowerInvariant()}" : $"traces?text={Uri.EscapeDataString(text)}");
    }

    private void Draw() => _ = InvokeAsync(StateHasChanged);
}

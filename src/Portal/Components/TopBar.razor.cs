using Microsoft.AspNetCore.Components;

namespace MeshInsight.Portal.Components;

public partial class TopBar : IDisposable
{
    private string _text = "";

    [SupplyParameterFromQuery]
    private string? Range { get; set; }

    public void Dispose()
    {
        View.Changed -= Draw;
        GC.SuppressFinalize(this);
    }

    /// <summary>Before the page below it asks for the range.</summary>
    protected override void OnInitialized()
    {
        View.ShowNamed(Range);
        View.Changed += Draw;
    }

    /// <summary>The address says it too, so that a reload or a link to a colleague shows the same.</summary>
    private void Show(TimeSpan length, string name)
    {
        View.ShowLast(length);
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("range", name), replace: true);
    }

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

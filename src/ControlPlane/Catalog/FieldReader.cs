using System.Globalization;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>
/// Reads the fields of one mapping by name and type, and notes every problem instead of stopping at the first. A field that is wrong reads as its default;
/// <see cref="Finish"/> reports the fields nobody asked for.
/// </summary>
internal sealed class FieldReader(ProblemScope scope, YamlMap map, string path)
{
    private readonly List<string> _known = [];

    public int Line => map.Line;

    public string Path => path;

    public bool Has(string name) => map.Fields.Any(f => f.Key == name);

    public int LineOf(string name) => map.Fields.FirstOrDefault(f => f.Key == name)?.Line ?? map.Line;

    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public void Problem(string name, string message, params IReadOnlyList<string> allowed) => scope.Add(PathOf(name), LineOf(name), message, allowed);

    public string Text(string name, bool required = false, string fallback = "") =>
        Find(name, required) is { } value && AsText(value, PathOf(name)) is { } text ? text : fallback;

    public T Choice<T>(string name, IReadOnlyDictionary<string, T> choices, T fallback, bool required = false)
    {
        if (Find(name, required) is not { } value || AsText(value, PathOf(name)) is not { } text)
        {
            return fallback;
        }

        if (choices.TryGetValue(text, out var chosen))
        {
            return chosen;
        }

        Problem(name, $"\"{text}\" is not a known value.", [.. choices.Keys]);
        return fallback;
    }

    public bool Flag(string name, bool fallback)
    {
        if (Find(name, required: false) is not { } value)
        {
            return fallback;
        }

        if (value is YamlScalar { IsBoolean: true } scalar)
        {
            return scalar.Text is "true" or "True" or "TRUE";
        }

        Problem(name, $"must be true or false, but is {value.Describe()}.");
        return fallback;
    }

    public int Integer(string name, int minimum, int maximum, int fallback, bool required = false) =>
        Find(name, required) is { } value ? AsInteger(value, PathOf(name), minimum, maximum) ?? fallback : fallback;

    /// <param name="aboveMinimum">The minimum itself is not allowed.</param>
    public double Number(string name, double minimum, double maximum, double fallback, bool aboveMinimum = false)
    {
        if (Find(name, required: false) is not { } value)
        {
            return fallback;
        }

        string range = string.Create(CultureInfo.InvariantCulture, $"a number {(aboveMinimum ? "above" : "from")} {minimum} to {maximum}");
        if (value is not YamlScalar scalar || !scalar.TryNumber(out double number))
        {
            Problem(name, $"must be {range}, but is {value.Describe()}.");
            return fallback;
        }

        if (number < minimum || number > maximum || (aboveMinimum && number <= minimum))
        {
            Problem(name, $"must be {range}, but is {scalar.Text}.");
            return fallback;
        }

        return number;
    }

    /// <summary>A duration as the Gateway API writes it (GEP-2257): <c>1h</c>, <c>500ms</c>, <c>1m30s</c>.</summary>
    public TimeSpan Duration(string name, TimeSpan fallback)
    {
        if (Find(name, required: false) is not { } value || AsText(value, PathOf(name)) is not { } text)
        {
            return fallback;
        }

        if (GatewayDuration.TryParse(text, out var duration))
        {
            return duration;
        }

        Problem(name, $"\"{text}\" is not a duration.", "1h", "10m", "2s", "500ms", "1m30s");
        return fallback;
    }

    /// <summary>A duration of at least a millisecond and at most a day.</summary>
    public TimeSpan PositiveDuration(string name, TimeSpan fallback)
    {
        var duration = Duration(name, fallback);
        if (duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(1))
        {
            return duration;
        }

        Problem(name, "must be longer than 0 and at most 24h.");
        return fallback;
    }

    /// <summary><c>true</c> or <c>false</c>; false when absent.</summary>
    public bool Flag(string name)
    {
        if (Find(name, required: false) is not { } value)
        {
            return false;
        }

        if (value is YamlScalar { IsBoolean: true } scalar)
        {
            return scalar.Text.Equals("true", StringComparison.OrdinalIgnoreCase);
        }

        Problem(name, $"must be true or false, but is {value.Describe()}.");
        return false;
    }

    public IReadOnlyList<string> TextList(string name, bool required = false)
    {
        var texts = new List<string>();
        foreach (var (item, itemPath) in Items(name, required))
        {
            if (AsText(item, itemPath) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    public IReadOnlyList<int> IntegerList(string name, int minimum, int maximum, bool required = false)
    {
        var numbers = new List<int>();
        foreach (var (item, itemPath) in Items(name, required))
        {
            if (AsInteger(item, itemPath, minimum, maximum) is { } number)
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    public FieldReader? Map(string name, bool required = false)
    {
        switch (Find(name, required))
        {
            case null:
                return null;
            case YamlMap child:
                return new FieldReader(scope, child, PathOf(name));
            case var other:
                Problem(name, $"must be a mapping, but is {other.Describe()}.");
                return null;
        }
    }

    public IReadOnlyList<FieldReader> Maps(string name, int maximum, bool required = false)
    {
        var maps = new List<FieldReader>();
        foreach (var (item, itemPath) in Items(name, required))
        {
            if (item is YamlMap child)
            {
                maps.Add(new FieldReader(scope, child, itemPath));
            }
            else
            {
                scope.Add(itemPath, item.Line, $"must be a mapping, but is {item.Describe()}.");
            }
        }

        if (maps.Count > maximum)
        {
            Problem(name, $"has {maps.Count} entries; at most {maximum} are allowed.");
        }

        return maps;
    }

    /// <summary>Free-form text fields, such as labels.</summary>
    public void TextMap(string name)
    {
        if (Map(name) is { } child)
        {
            foreach (string key in child.Keys())
            {
                child.Text(key);
            }
        }
    }

    /// <summary>Reports every field that was not asked for.</summary>
    public void Finish()
    {
        foreach (var field in map.Fields.Where(f => !_known.Contains(f.Key)))
        {
            scope.Add(PathOf(field.Key), field.Line, "is not a known field.", _known);
        }
    }

    /// <summary>Names of all fields, for mappings whose fields have no fixed names.</summary>
    public IEnumerable<string> Keys() => map.Fields.Select(f => f.Key);

    private YamlTree? Find(string name, bool required)
    {
        _known.Add(name);
        var value = map.Fields.FirstOrDefault(f => f.Key == name)?.Value;
        bool isAbsent = value is null or YamlScalar { IsNull: true };
        if (isAbsent && required)
        {
            scope.Add(PathOf(name), value?.Line ?? map.Line, "is required.");
        }

        return isAbsent ? null : value;
    }

    private IEnumerable<(YamlTree Item, string Path)> Items(string name, bool required)
    {
        switch (Find(name, required))
        {
            case null:
                break;
            case YamlList list:
                if (required && list.Items.Count == 0)
                {
                    Problem(name, "must not be empty.");
                }

                for (int i = 0; i < list.Items.Count; i++)
                {
                    yield return (list.Items[i], $"{PathOf(name)}[{i}]");
                }

                break;
            case var other:
                Problem(name, $"must be a list, but is {other.Describe()}.");
                break;
        }
    }

    private string? AsText(YamlTree value, string field)
    {
        if (value is YamlScalar { IsText: true } text)
        {
            return text.Text;
        }

        string hint = value is YamlScalar scalar ? $" Write it in quotes: \"{scalar.Text}\"." : "";
        scope.Add(field, value.Line, $"must be a text, but is {value.Describe()}.{hint}");
        return null;
    }

    private int? AsInteger(YamlTree value, string field, int minimum, int maximum)
    {
        if (value is YamlScalar scalar && scalar.TryInteger(out long number) && number >= minimum && number <= maximum)
        {
            return (int)number;
        }

        scope.Add(field, value.Line, $"must be a whole number from {minimum} to {maximum}, but is {value.Describe()}.");
        return null;
    }
}

using System.Globalization;

namespace MeshInsight.Storage.Native;

/// <summary>From a type's name, as the server writes it, to the column that reads it.</summary>
internal static class NativeType
{
    public static NativeColumn Column(string type)
    {
        var (name, arguments) = Split(type);
        return name switch
        {
            "String" => new TextColumn(type),
            "UInt8" or "Bool" => new NumberColumn<byte>(type),
            "UInt16" => new NumberColumn<ushort>(type),
            "UInt32" => new NumberColumn<uint>(type),
            "UInt64" => new NumberColumn<ulong>(type),
            "Int8" => new NumberColumn<sbyte>(type),
            "Int16" => new NumberColumn<short>(type),
            "Int32" => new NumberColumn<int>(type),
            "Int64" => new NumberColumn<long>(type),
            "Float32" => new NumberColumn<float>(type),
            "Float64" => new NumberColumn<double>(type),
            "DateTime" => new TimeColumn<uint>(type, 1_000_000_000),
            "DateTime64" => new TimeColumn<long>(type, NanosPerUnit(arguments)),
            "LowCardinality" when arguments == "String" => new LowCardinalityColumn(type),
            "Array" => new ArrayColumn(type, Column(arguments)),
            "Map" => Map(type, arguments),
            "SimpleAggregateFunction" => Column(arguments[(SplitPlace(arguments) + 1)..].Trim()),
            _ => throw new NativeFormatException($"Type {type} is not one this reader knows; cast it in the query."),
        };
    }

    private static MapColumn Map(string type, string arguments)
    {
        int comma = SplitPlace(arguments);
        return new(type, Column(arguments[..comma].Trim()), Column(arguments[(comma + 1)..].Trim()));
    }

    private static long NanosPerUnit(string arguments)
    {
        string precision = arguments.Split(',')[0];
        return int.TryParse(precision, NumberStyles.None, CultureInfo.InvariantCulture, out int digits) && digits <= 9
            ? (long)Math.Pow(10, 9 - digits)
            : throw new NativeFormatException($"DateTime64({arguments}) has no precision this reader knows.");
    }

    private static (string Name, string Arguments) Split(string type)
    {
        int open = type.IndexOf('(', StringComparison.Ordinal);
        return open > 0 && type[^1] == ')' ? (type[..open], type[(open + 1)..^1]) : (type, "");
    }

    /// <summary>The first comma outside of parentheses.</summary>
    private static int SplitPlace(string arguments)
    {
        int depth = 0;
        for (int i = 0; i < arguments.Length; i++)
        {
            depth += arguments[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (arguments[i] == ',' && depth == 0)
            {
                return i;
            }
        }

        throw new NativeFormatException($"Two type arguments expected in \"{arguments}\".");
    }
}

using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Tests.Inserts;

/// <summary>Batches with every kind of attribute, texts that want escaping, events and links.</summary>
internal static class SampleSpans
{
    public static SpanBatch Random(Random random, int spans)
    {
        var batch = new SpanBatch();
        int[] resources = [.. Enumerable.Range(0, 3).Select(i => Resource(batch, $"svc-{i}", $"v{i}", random))];
        batch.Scopes.Add(new(batch.Symbols.Add("MeshInsight.Proxy"u8), batch.Symbols.Add("1.0"u8), default, 0));
        for (int i = 0; i < spans; i++)
        {
            AddSpan(batch, random, resources[random.Next(resources.Length)]);
        }

        return batch;
    }

    /// <summary>Spans as a sidecar sends them: eight short attributes, an event on every tenth.</summary>
    public static SpanBatch Plain(int spans)
    {
        var random = new Random(1);
        var batch = new SpanBatch();
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", "checkout");
        int resource = batch.AddResource(first);
        batch.Scopes.Add(new(batch.Symbols.Add("MeshInsight.Proxy"u8), 0, default, 0));
        int[] keys = [.. Enumerable.Range(0, 8).Select(i => batch.Symbols.Add($"attribute.{i}"))];
        int name = batch.Symbols.Add("GET /cart"u8);
        int exception = batch.Symbols.Add("exception"u8);
        for (int i = 0; i < spans; i++)
        {
            first = batch.Attributes.Count;
            foreach (int key in keys)
            {
                batch.Attributes.AddText(key, batch.Text.Add("some value"u8));
            }

            if (i % 10 == 0)
            {
                batch.Events.Add(new(Time(random), exception, new(first, 2)));
            }

            batch.Add(
                new(1, Id(random)), new(Id(random)), default, Time(random), 1000, name, SpanKind.Server, SpanStatus.Unset, default, default, 1, resource, 0,
                new(first, keys.Length), new(batch.Events.Count - (i % 10 == 0 ? 1 : 0), i % 10 == 0 ? 1 : 0));
        }

        return batch;
    }

    public static int Resource(SpanBatch batch, string service, string version, Random random)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", service);
        batch.Attributes.AddText("service.version", version);
        batch.Attributes.AddText("service.instance.id", $"{service}-0");
        AddAttributes(batch, random);
        return batch.AddResource(first);
    }

    private static void AddSpan(SpanBatch batch, Random random, int resource)
    {
        var attributes = AddAttributes(batch, random);
        int firstEvent = batch.Events.Count;
        for (int i = random.Next(3); i > 0; i--)
        {
            var of = AddAttributes(batch, random);
            batch.Events.Add(new(Time(random), batch.Symbols.Add($"event {i}"), of));
        }

        int firstLink = batch.Links.Count;
        for (int i = random.Next(2); i > 0; i--)
        {
            var of = AddAttributes(batch, random);
            batch.Links.Add(new(new(Id(random), Id(random)), new(Id(random)), batch.Text.Add("ot=th:8"u8), of));
        }

        batch.Add(
            new(Id(random), Id(random)),
            new(Id(random)),
            random.Next(3) == 0 ? default : new(Id(random)),
            Time(random),
            random.NextInt64(0, 10_000_000_000),
            batch.Symbols.Add($"GET /resource/{random.Next(400)}"),
            (SpanKind)random.Next(6),
            (SpanStatus)random.Next(3),
            batch.Text.Add(Text(random)),
            batch.Text.Add(random.Next(2) == 0 ? "" : "ot=th:c,other=1"),
            1,
            resource,
            0,
            attributes,
            new(firstEvent, batch.Events.Count - firstEvent),
            new(firstLink, batch.Links.Count - firstLink));
    }

    public static RowRange AddAttributes(TelemetryBatch batch, Random random)
    {
        var table = batch.Attributes;
        int first = table.Count;
        for (int i = random.Next(8); i > 0; i--)
        {
            int key = batch.Symbols.Add($"key.{i}");
            switch (random.Next(7))
            {
                case 0:
                    table.AddInt(key, random.NextInt64(long.MinValue, long.MaxValue));
                    break;
                case 1:
                    table.AddDouble(key, random.Next(4) switch { 0 => double.MinValue, 1 => double.NaN, 2 => 1e-9, _ => random.NextDouble() });
                    break;
                case 2:
                    table.AddBool(key, random.Next(2) == 0);
                    break;
                case 3:
                    table.AddBytes(key, batch.Text.Add([1, 2, (byte)random.Next(256)]));
                    break;
                case 4:
                    table.AddJson(key, batch.Text.Add("[1,\"a\"]"u8));
                    break;
                case 5:
                    table.AddEmpty(key);
                    break;
                default:
                    table.AddText(key, batch.Text.Add(Text(random)));
                    break;
            }
        }

        return new(first, table.Count - first);
    }

    public static string Text(Random random) => random.Next(6) switch
    {
        0 => "",
        1 => "it's \"quoted\" \\ back\t\tslash\n\nend",
        2 => "zero\0byte",
        3 => "größer ☃ 你好",
        4 => new string('x', 300 + random.Next(100_000)),
        _ => $"value {random.Next()}",
    };

    public static ulong Id(Random random) => (ulong)random.NextInt64(1, long.MaxValue);

    public static long Time(Random random) => 1_790_000_000_000_000_000 + random.NextInt64(0, 3_600_000_000_000);
}

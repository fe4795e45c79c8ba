using System.Text;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Batches of random content for the properties: every attribute kind, awkward texts, several resources and scopes.</summary>
internal sealed class RandomTelemetry(Random random)
{
    private static readonly string[] Texts = ["", "a", "service.name", "http.request.method", "Grüße, 世界 🌍", "line\nbreak \"quoted\" \\ \u0001", new string('x', 300)];

    private static readonly string[] JsonTexts =
        ["[]", "{}", "[1,2.5,\"three\",true,null]", "{\"a\":[1,{\"b\":\"c\"}],\"d\":-1.0}", "[[[[[0.5]]]]]", "{\"quoted \\\"key\\\"\":\"tab\\t\"}"];

    public SpanBatch Spans(int count)
    {
        var batch = new SpanBatch();
        int[] resources = [Resource(batch), Resource(batch)];
        int[] scopes = [Scope(batch), Scope(batch)];
        for (int i = 0; i < count; i++)
        {
            var attributes = Attributes(batch);
            long start = random.NextInt64(0, long.MaxValue / 4);
            batch.Add(
                TraceId(),
                SpanId(),
                random.Next(2) == 0 ? default : SpanId(),
                start,
                random.NextInt64(0, 1L << random.Next(1, 60)),
                batch.Symbols.Add(Text()),
                (SpanKind)random.Next(6),
                (SpanStatus)random.Next(3),
                batch.Text.Add(Text().AsSpan()),
                batch.Text.Add(Text().AsSpan()),
                (uint)random.Next(0, 1024),
                resources[i * 2 / count],
                scopes[random.Next(2)],
                attributes,
                Events(batch),
                Links(batch));
        }

        return batch;
    }

    public LogBatch Logs(int count)
    {
        var batch = new LogBatch();
        int resource = Resource(batch);
        int[] scopes = [Scope(batch), Scope(batch)];
        AttributeKind[] kinds = [AttributeKind.Empty, AttributeKind.Text, AttributeKind.Json];
        for (int i = 0; i < count; i++)
        {
            bool isTraced = random.Next(2) == 0;
            var kind = kinds[random.Next(kinds.Length)];
            string body = kind == AttributeKind.Json ? JsonTexts[random.Next(JsonTexts.Length)] : kind == AttributeKind.Empty ? "" : Text();
            batch.Logs.Add(new(
                random.NextInt64(),
                random.NextInt64(),
                isTraced ? TraceId() : default,
                isTraced ? SpanId() : default,
                (uint)random.Next(256),
                (byte)random.Next(25),
                batch.Symbols.Add(Text()),
                batch.Text.Add(body.AsSpan()),
                batch.Symbols.Add(Text()),
                resource,
                scopes[random.Next(2)],
                Attributes(batch),
                kind));
        }

        return batch;
    }

    public TraceId TraceId() => new((ulong)random.NextInt64(), (ulong)random.NextInt64() | 1);

    public SpanId SpanId() => new((ulong)random.NextInt64() | 1);

    public string Text() => Texts[random.Next(Texts.Length)];

    public RowRange Attributes(TelemetryBatch batch)
    {
        int first = batch.Attributes.Count;
        for (int count = random.Next(6); count > 0; count--)
        {
            int key = batch.Symbols.Add(Text());
            switch (random.Next(7))
            {
                case 0:
                    batch.Attributes.AddText(key, Encoding.UTF8.GetBytes(Text()));
                    break;
                case 1:
                    batch.Attributes.AddInt(key, random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64));
                    break;
                case 2:
                    batch.Attributes.AddDouble(key, random.Next(8) == 0 ? double.NaN : random.NextDouble() * Math.Pow(10, random.Next(-20, 20)));
                    break;
                case 3:
                    batch.Attributes.AddBool(key, random.Next(2) == 0);
                    break;
                case 4:
                    byte[] bytes = new byte[random.Next(200)];
                    random.NextBytes(bytes);
                    batch.Attributes.AddBytes(key, batch.Text.Add(bytes));
                    break;
                case 5:
                    batch.Attributes.AddJson(key, batch.Text.Add(JsonTexts[random.Next(JsonTexts.Length)].AsSpan()));
                    break;
                default:
                    batch.Attributes.AddEmpty(key);
                    break;
            }
        }

        return new(first, batch.Attributes.Count - first);
    }

    public int Resource(TelemetryBatch batch)
    {
        int first = batch.Attributes.Count;
        batch.Attributes.AddText("service.name", "shop-" + random.Next(3));
        batch.Attributes.AddText("service.version", "v" + random.Next(3));
        Attributes(batch);
        return batch.AddResource(first, batch.Symbols.Add(Text()));
    }

    public int Scope(TelemetryBatch batch)
    {
        batch.Scopes.Add(new(batch.Symbols.Add(Text()), batch.Symbols.Add(Text()), Attributes(batch), batch.Symbols.Add(Text())));
        return batch.Scopes.Count - 1;
    }

    private RowRange Events(SpanBatch batch)
    {
        int first = batch.Events.Count;
        for (int count = random.Next(3); count > 0; count--)
        {
            batch.Events.Add(new(random.NextInt64(), batch.Symbols.Add(Text()), Attributes(batch)));
        }

        return new(first, batch.Events.Count - first);
    }

    private RowRange Links(SpanBatch batch)
    {
        int first = batch.Links.Count;
        for (int count = random.Next(3); count > 0; count--)
        {
            batch.Links.Add(new(TraceId(), SpanId(), batch.Text.Add(Text().AsSpan()), Attributes(batch)));
        }

        return new(first, batch.Links.Count - first);
    }
}

namespace MeshInsight.EndToEnd.Tests.RealClients;

/// <summary>The ids that a client gave its two spans, hex.</summary>
internal sealed record SentIds(string TraceId, string ServerId, string ClientId);

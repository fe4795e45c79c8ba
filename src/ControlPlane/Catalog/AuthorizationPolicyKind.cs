using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>AuthorizationPolicy, with Istio's fields (https://istio.io/latest/docs/reference/config/security/authorization-policy/) and <c>targetRefs</c> for its selector.</summary>
internal sealed class AuthorizationPolicyKind : IAnnotatedKind
{
    /// <summary><c>"true"</c>: what the policy would refuse is logged and let through.</summary>
    public const string DryRun = "meshinsight.io/dry-run";

    private const int MaxRules = 512;
    private const int MaxEntries = 64;

    private static readonly Dictionary<string, PolicyAction> Actions = new()
    {
        ["ALLOW"] = PolicyAction.Allow,
        ["DENY"] = PolicyAction.Deny,
        ["AUDIT"] = PolicyAction.Audit,
    };

    private static readonly Dictionary<string, bool> Booleans = new() { ["true"] = true, ["false"] = false };

    public string Kind => "AuthorizationPolicy";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec) => Read(name, null, spec);

    public object Read(string name, FieldReader? annotations, FieldReader spec)
    {
        var action = spec.Choice("action", Actions, PolicyAction.Allow);
        bool isDryRun = annotations?.Choice(DryRun, Booleans, false) ?? false;
        if (isDryRun && action == PolicyAction.Audit)
        {
            annotations!.Problem(DryRun, "is for ALLOW and DENY; an AUDIT refuses nothing.");
        }

        return new AuthorizationPolicyConfig(name, TargetRefs.Read(spec), action, isDryRun, [.. spec.Maps("rules", MaxRules).Select(ReadRule)]);
    }

    private static PolicyRule ReadRule(FieldReader reader)
    {
        var rule = new PolicyRule(
            [.. reader.Maps("from", MaxEntries).Select(ReadSource)],
            [.. reader.Maps("to", MaxEntries).Select(ReadOperation)],
            [.. reader.Maps("when", MaxEntries).Select(ReadCondition)]);
        reader.Finish();
        return rule;
    }

    private static SourceMatch ReadSource(FieldReader entry)
    {
        var source = entry.Map("source", required: true);
        var match = source is null
            ? new SourceMatch(ValueMatch.Anything, ValueMatch.Anything, ValueMatch.Anything)
            : new SourceMatch(Values(source, "principals", "notPrincipals"), Values(source, "namespaces", "notNamespaces"), Values(source, "requestPrincipals", "notRequestPrincipals"));
        source?.Finish();
        entry.Finish();
        return match;
    }

    private static OperationMatch ReadOperation(FieldReader entry)
    {
        var operation = entry.Map("operation", required: true);
        var match = operation is null
            ? new OperationMatch(ValueMatch.Anything, ValueMatch.Anything, ValueMatch.Anything, ValueMatch.Anything)
            : new OperationMatch(
                Values(operation, "hosts", "notHosts"),
                Values(operation, "methods", "notMethods"),
                Values(operation, "paths", "notPaths"),
                Ports(operation, "ports", "notPorts"));
        operation?.Finish();
        entry.Finish();
        return match;
    }

    private static PolicyCondition ReadCondition(FieldReader reader)
    {
        string key = reader.Text("key", required: true);
        if (key.Length > 0 && !PolicyKeys.IsKnown(key))
        {
            reader.Problem("key", $"\"{key}\" is not a known key.", PolicyKeys.All);
        }

        var values = Values(reader, "values", "notValues");
        if (values.Any.Count + values.None.Count == 0)
        {
            reader.Problem("values", "or notValues is required.");
        }

        reader.Finish();
        return new PolicyCondition(key, values);
    }

    private static ValueMatch Values(FieldReader reader, string any, string none)
    {
        var match = new ValueMatch(reader.TextList(any), reader.TextList(none));
        Check(reader, any, match.Any);
        Check(reader, none, match.None);
        return match;
    }

    private static ValueMatch Ports(FieldReader reader, string any, string none)
    {
        var match = new ValueMatch(reader.TextList(any), reader.TextList(none));
        foreach (var (field, texts) in new[] { (any, match.Any), (none, match.None) })
        {
            foreach (string text in texts.Where(t => !ushort.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0))
            {
                reader.Problem(field, $"\"{text}\" is not a port from 1 to 65535.");
            }
        }

        return match;
    }

    // A pattern that can never match would make a DENY a hole and an ALLOW a wall, both in silence.
    private static void Check(FieldReader reader, string field, IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Length == 0)
            {
                reader.Problem(field, "has an empty text, which nothing matches.");
            }
            else if (text.Length > 2 && text.AsSpan(1, text.Length - 2).Contains('*') || text.Length > 1 && text[0] == '*' && text[^1] == '*')
            {
                reader.Problem(field, $"\"{text}\" may have one \"*\", at its start or its end.", "/exact", "/prefix*", "*.suffix", "*");
            }
        }
    }
}

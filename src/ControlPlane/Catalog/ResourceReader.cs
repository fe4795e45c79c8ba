using System.Text.RegularExpressions;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Text to resources: envelope, then the kind's own fields. Knows nothing of other resources; <see cref="ReferenceChecker"/> does.</summary>
internal static partial class ResourceReader
{
    /// <summary>Larger files are refused before they are parsed.</summary>
    public const int MaxTextLength = 1 << 20;

    private static readonly IResourceKind[] Kinds =
    [
        new ServiceKind(), new HttpRouteKind(), new GrpcRouteKind(), new TlsRouteKind(), new TcpRouteKind(), new RolloutKind(), new RemediationKind(), new TrafficPolicyKind(),
        new PeerAuthenticationKind(), new AuthorizationPolicyKind(), new RequestAuthenticationKind(),
        new RateLimitKind(), new FaultInjectionKind(), new GatewayKind(), new ExternalServiceKind(),
    ];

    public static IReadOnlyList<ResourceDocument> Read(string text, string file, List<ResourceProblem> problems)
    {
        if (text.Length > MaxTextLength)
        {
            new ProblemScope(problems, file, 0).Add("", 0, $"has {text.Length} characters; at most {MaxTextLength} are read.");
            return [];
        }

        var resources = new List<ResourceDocument>();
        foreach (var document in YamlReader.Read(text, file, problems))
        {
            if (ReadDocument(document, file, problems) is { } resource)
            {
                resources.Add(resource);
            }
        }

        return resources;
    }

    private static ResourceDocument? ReadDocument(YamlDocumentTree document, string file, List<ResourceProblem> problems)
    {
        // A file may end with `---`, and a comment alone is an empty document.
        if (document.Root is YamlScalar { IsNull: true })
        {
            return null;
        }

        var scope = new ProblemScope(problems, file, document.Index);
        if (document.Root is not YamlMap root)
        {
            scope.Add("", document.Root.Line, $"must be a mapping with apiVersion, kind, metadata and spec, but is {document.Root.Describe()}.");
            return null;
        }

        int before = problems.Count;
        var reader = new FieldReader(scope, root, "");
        var kind = ReadKind(reader, scope);
        string name = ReadMetadata(reader, scope);
        var spec = reader.Map("spec", required: true);
        reader.Finish();
        if (kind is null || spec is null)
        {
            return null;
        }

        object config = kind is IAnnotatedKind annotated ? annotated.Read(name, reader.Map("metadata")?.Map("annotations"), spec) : kind.Read(name, spec);
        spec.Finish();
        return problems.Count > before
            ? null
            : new ResourceDocument(kind.ApiVersion, kind.Kind, name, file, document.Index, root.Line, document.Source, config);
    }

    private static IResourceKind? ReadKind(FieldReader reader, ProblemScope scope)
    {
        scope.Kind = reader.Text("kind", required: true);
        var kind = Kinds.FirstOrDefault(k => k.Kind == scope.Kind);
        if (kind is null && scope.Kind.Length > 0)
        {
            reader.Problem("kind", $"\"{scope.Kind}\" is not a known kind.", [.. Kinds.Select(k => k.Kind)]);
        }

        string apiVersion = reader.Text("apiVersion", required: true);
        if (kind is not null && apiVersion.Length > 0 && apiVersion != kind.ApiVersion)
        {
            reader.Problem("apiVersion", $"\"{apiVersion}\" is not the version of {kind.Kind}.", kind.ApiVersion);
        }

        return kind;
    }

    private static string ReadMetadata(FieldReader reader, ProblemScope scope)
    {
        if (reader.Map("metadata", required: true) is not { } metadata)
        {
            return "";
        }

        scope.Name = metadata.Text("name", required: true);
        if (scope.Name.Length > 0 && !NamePattern().IsMatch(scope.Name))
        {
            metadata.Problem("name", $"\"{scope.Name}\" must be lower-case letters, digits, \"-\" and \".\", at most 253, as a DNS name.");
        }

        metadata.TextMap("labels");
        metadata.TextMap("annotations");
        metadata.Finish();
        return scope.Name;
    }

    [GeneratedRegex("^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    private static partial Regex NamePattern();
}

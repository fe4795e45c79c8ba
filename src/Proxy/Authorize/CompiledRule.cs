using System.Globalization;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>One rule of a policy, for one app. Immutable.</summary>
internal sealed class CompiledRule(PolicyRule config, int port)
{
    private readonly CompiledSource[] _from = [.. config.From.Select(s => new CompiledSource(s))];
    private readonly CompiledOperation[] _to = [.. config.To.Select(o => new CompiledOperation(o))];
    private readonly CompiledCondition[] _when = [.. config.When.Select(c => new CompiledCondition(c))];
    private readonly string _port = port.ToString(CultureInfo.InvariantCulture);

    public bool Matches(in RequestFacts facts)
    {
        bool from = _from.Length == 0;
        for (int i = 0; i < _from.Length && !from; i++)
        {
            from = _from[i].Matches(facts);
        }

        bool to = _to.Length == 0;
        for (int i = 0; i < _to.Length && from && !to; i++)
        {
            to = _to[i].Matches(facts, _port);
        }

        if (!from || !to)
        {
            return false;
        }

        foreach (var condition in _when)
        {
            if (!condition.Matches(facts, _port))
            {
                return false;
            }
        }

        return true;
    }
}

internal sealed class CompiledSource(SourceMatch config)
{
    private readonly TextPatterns _principals = new(config.Principals);
    private readonly TextPatterns _namespaces = new(config.Namespaces);
    private readonly TextPatterns _requestPrincipals = new(config.RequestPrincipals);

    public bool Matches(in RequestFacts facts) =>
        _principals.Matches(facts.Peer?.Principal) && _namespaces.Matches(facts.Peer?.Namespace) && _requestPrincipals.Matches(facts.Token?.Principal);
}

internal sealed class CompiledOperation(OperationMatch config)
{
    // Host names have no case (RFC 9110 section 4.2.3).
    private readonly TextPatterns _hosts = new(config.Hosts, StringComparison.OrdinalIgnoreCase);
    private readonly TextPatterns _methods = new(config.Methods);
    private readonly TextPatterns _paths = new(config.Paths);
    private readonly TextPatterns _ports = new(config.Ports);

    public bool Matches(in RequestFacts facts, string port) =>
        _methods.Matches(facts.Method) && _paths.Matches(facts.Path) && _ports.Matches(port) && (_hosts.IsEmpty || _hosts.Matches(facts.Host));
}

internal sealed class CompiledCondition(PolicyCondition config)
{
    private readonly TextPatterns _values = new(config.Values);
    private readonly string? _header = PolicyKeys.Header(config.Key);
    private readonly IReadOnlyList<string>? _claim = PolicyKeys.Claim(config.Key);

    public bool Matches(in RequestFacts facts, string port)
    {
        if (_header is not null)
        {
            return _values.Matches(facts.Context is { } context && context.Request.Headers.TryGetValue(_header, out var header) ? header.ToString() : null);
        }

        if (_claim is not null)
        {
            return _values.MatchesOne(facts.Token?.Find(_claim) ?? []);
        }

        return config.Key switch
        {
            PolicyKeys.AuthAudiences => _values.MatchesOne(facts.Token?.Audiences ?? []),
            PolicyKeys.AuthPrincipal => _values.Matches(facts.Token?.Principal),
            PolicyKeys.AuthPresenter => _values.Matches(facts.Token?.Presenter),
            PolicyKeys.SourcePrincipal => _values.Matches(facts.Peer?.Principal),
            PolicyKeys.SourceNamespace => _values.Matches(facts.Peer?.Namespace),
            PolicyKeys.SourceIp => _values.Matches(facts.RemoteAddress?.ToString()),
            PolicyKeys.DestinationPort => _values.Matches(port),
            // Snapshots with other keys are refused.
            _ => false,
        };
    }
}

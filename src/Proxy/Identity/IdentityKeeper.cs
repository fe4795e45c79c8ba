using MeshInsight.Grpc.Failures;

namespace MeshInsight.Proxy.Identity;

/// <summary>
/// Keeps a valid certificate at hand for the sidecar's whole life. One line per transition:
/// <list type="bullet">
/// <item>none → valid: from disk, else signed by the control plane against the token; tried again with growing pauses</item>
/// <item>valid → renewed: at half its life and a little jitter, proved by the one in force; connections that are open stay</item>
/// <item>valid → renewed: at once, when the mesh's roots no longer vouch for it</item>
/// </list>
/// </summary>
internal sealed partial class IdentityKeeper : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // About five seconds.
    private const int SilentFailures = 6;

    // An authority and snapshots that contradict each other would otherwise be asked without end.
    private static readonly TimeSpan BetweenDoubts = TimeSpan.FromSeconds(5);

    private readonly string _service;
    private readonly IdentityState _state;
    private readonly CertificateCall _call;
    private readonly IdentityFile? _file;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _wake = new(0);
    private DateTimeOffset _renewedAt = DateTimeOffset.MinValue;

    public IdentityKeeper(string service, IdentityState state, CertificateCall call, IdentityFile? file, TimeProvider time, Random random, ILogger logger)
    {
        (_service, _state, _call, _file, _time, _random, _logger) = (service, state, call, file, time, random, logger);
        state.TrustChanged += () => _wake.Release();
    }

    /// <summary>Ends when the sidecar has a certificate, was refused one, or has found nobody to ask for some seconds.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>Puts the stored certificate in force. Problems with it are logged, no more.</summary>
    public void Restore()
    {
        try
        {
            if (_file?.TryRead(_service) is { } stored && stored.NotAfter > _time.GetUtcNow())
            {
                _state.Use(stored);
                Log.Restored(_logger, stored.Id.Text, stored.NotAfter);
            }
        }
        catch (InvalidDataException e)
        {
            Log.StoredIsBad(_logger, e.Message);
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        int failures = 0;
        try
        {
            while (true)
            {
                if (Pause(failures) is { Ticks: > 0 } pause)
                {
                    _firstAttempt.TrySetResult();
                    await WaitAsync(pause, stopping);
                    continue;
                }

                failures = await TryRenewAsync(failures, stopping) ? 0 : failures + 1;
                if (failures > 0)
                {
                    await Task.Delay(Backoff(failures), _time, stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            _firstAttempt.TrySetResult();
        }
    }

    public void Dispose() => _wake.Dispose();

    // How long the certificate in force will do; zero when a new one is due now.
    private TimeSpan Pause(int failures)
    {
        var now = _time.GetUtcNow();
        if (failures > 0 || _state.Current is not { } current || now >= current.NotAfter)
        {
            return TimeSpan.Zero;
        }

        if (_state.Bundle is { } bundle && bundle.Problem(current, now) is { Length: > 0 } problem)
        {
            Log.NotVouchedFor(_logger, problem);
            return now - _renewedAt < BetweenDoubts ? BetweenDoubts : TimeSpan.Zero;
        }

        // Certificates are dated back, for peers whose clocks are behind: half of a short life counts from the day it came, or it would be over at once.
        var begin = _renewedAt > current.NotBefore ? _renewedAt : current.NotBefore;
        return begin + ((current.NotAfter - begin) * (0.5 + (_random.NextDouble() / 100))) - now;
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken stopping)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(_wake.WaitAsync(woken.Token), Task.Delay(pause, _time, woken.Token));
        await woken.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    private async Task<bool> TryRenewAsync(int failures, CancellationToken stopping)
    {
        try
        {
            var proof = _state.Current is { } current && current.NotAfter > _time.GetUtcNow() ? current : null;
            var (identity, bundle) = await _call.AskAsync(proof, stopping);
            // Trust first: who sees the new certificate may call at once.
            _state.Trust(new(bundle.TrustDomain, bundle.RawRoots, []));
            _state.Use(identity);
            _renewedAt = _time.GetUtcNow();
            _firstAttempt.TrySetResult();
            Log.Renewed(_logger, identity.Id.Text, identity.NotAfter);
            Store(identity);
            return true;
        }
        catch (Exception e) when (e is GrpcException or InvalidDataException)
        {
            // Nobody there is no answer: programs that start together find each other in any order.
            if (e is not GrpcException { Code: GrpcStatusCode.Unavailable } || failures >= SilentFailures)
            {
                _firstAttempt.TrySetResult();
            }

            if (failures == SilentFailures || (failures == 0 && e is not GrpcException { Code: GrpcStatusCode.Unavailable }))
            {
                LogNotRenewed(e.Message);
            }

            return false;
        }
    }

    private void LogNotRenewed(string reason)
    {
        if (_state.Current is { } current)
        {
            Log.NotRenewed(_logger, reason, current.NotAfter);
        }
        else
        {
            Log.NotJoined(_logger, reason);
        }
    }

    private TimeSpan Backoff(int failures)
    {
        double window = Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 10)));
        return TimeSpan.FromMilliseconds(window * (0.5 + (_random.NextDouble() / 2)));
    }

    // A full disk must not stop a rotation; it only costs the memory of it.
    private void Store(WorkloadIdentity identity)
    {
        try
        {
            _file?.Write(identity);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotStored(_logger, _file!.Path, e.Message);
        }
    }
}

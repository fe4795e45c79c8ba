using System.Security.Cryptography;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>Looks after the authority: ends overlaps of roots, rotates a root that grows old, reads an external one's files again.</summary>
internal sealed partial class AuthorityKeeper(CertificateAuthority authority, TimeProvider clock, ILogger<AuthorityKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Log _log = new(logger);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        string said = "";
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            string problem = Look();
            if (problem.Length > 0 && problem != said)
            {
                _log.NotRefreshed(problem);
            }

            said = problem;
        }
    }

    private string Look()
    {
        try
        {
            authority.Refresh();
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            return e.Message;
        }
    }

    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3082, LogLevel.Error, "the certificate authority stays as it was: {Reason}")]
        public partial void NotRefreshed(string reason);
    }
}

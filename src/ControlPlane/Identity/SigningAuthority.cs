using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>What signs certificates now, and whom sidecars are told to trust. Immutable; replaced whole.</summary>
/// <param name="Issuer">With its key.</param>
/// <param name="Intermediates">Sent with every certificate, so that whoever knows only an older root can follow.</param>
/// <param name="Roots">One, or two while one takes over from another.</param>
/// <param name="OverlapEnds">When the older root leaves; null when there is only one.</param>
internal sealed record SigningAuthority(
    X509Certificate2 Issuer, IReadOnlyList<X509Certificate2> Intermediates, IReadOnlyList<X509Certificate2> Roots, DateTimeOffset? OverlapEnds);

/// <summary>Where the authority comes from. Thread-safe.</summary>
internal interface IAuthoritySource
{
    SigningAuthority Current { get; }

    /// <summary>Looks whether the authority is due to change by time or by its files.</summary>
    /// <returns>Whether it has changed.</returns>
    /// <exception cref="IOException">Files cannot be read or written; what was in force stays.</exception>
    /// <exception cref="InvalidDataException">Files are there but make no authority; what was in force stays.</exception>
    bool Refresh();

    /// <summary>Lets a new root take over.</summary>
    /// <returns>Empty, or why that is not possible now.</returns>
    string Rotate();
}

namespace MeshInsight.Cli.Platform;

/// <summary>Who stops before whom: nobody may lose what it still wants to say.</summary>
internal static class StopRanks
{
    public const int Load = 0;
    public const int Sidecars = 1;
    public const int Apps = 2;
    public const int Platform = 3;
    public const int Store = 4;
}

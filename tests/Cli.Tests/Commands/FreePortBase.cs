using MeshInsight.Cli.Demo;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;

namespace MeshInsight.Cli.Tests.Commands;

/// <summary>A port base of which every port is free just now, below the range from which the kernel hands out ports for outgoing connections.</summary>
internal static class FreePortBase
{
    private const int First = 22_000;
    private const int Last = 30_000;
    private const int Step = 250;

    public static int Find()
    {
        int bases = (Last - First) / Step;
        int offset = Environment.ProcessId % bases;
        for (int i = 0; i < bases; i++)
        {
            var layout = new MeshLayout("/", First + ((i + offset) % bases * Step));
            if (PortCheck.Problems(new PlatformPrograms(layout, demo: true).Ports().Concat(new ShopPlan(layout).Ports())).Count == 0)
            {
                return layout.PortBase;
            }
        }

        throw new InvalidOperationException($"No free port base between {First} and {Last}.");
    }
}

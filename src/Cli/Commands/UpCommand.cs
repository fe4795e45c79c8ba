using System.CommandLine;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Supervision;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight up</c>: the platform without the shop, for one's own services.</summary>
internal static class UpCommand
{
    public static Command Create(TimeProvider clock)
    {
        var command = new Command("up", "Starts the platform without the shop, for your own services.");
        command.SetAction((parsed, _) => RunAsync(parsed, clock));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider clock)
    {
        var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var layout = CommonOptions.Layout(parsed);
        var programs = new PlatformPrograms(layout, demo: false);
        if (StartChecks.Refuse(programs.Ports(), errors))
        {
            return ExitCodes.PortTaken;
        }

        TokenFile.Ensure(layout.TokenPath);
        Directory.CreateDirectory(layout.ResourcesDirectory);
        using var interrupt = new Interrupt();
        var progress = new StartProgress(clock) { Changed = component => output.WriteLine($"{component.Name} {component.Phase}") };
        await using var supervisor = new Supervisor(layout.LogDirectory, clock, errors.WriteLine);
        using var start = new PlatformStart(layout, programs, supervisor, progress);
        try
        {
            await FailFast.WhenAllAsync(start.RunAsync(interrupt.Token), start.RunPortalAsync(interrupt.Token));
            Explain(layout, programs, output);
            await Task.Delay(Timeout.Infinite, interrupt.Token);
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }
        catch (Exception failure) when (failure is ChildEndedException or TimeoutException)
        {
            await errors.WriteLineAsync(failure.Message);
            return ExitCodes.Failed;
        }

        return ExitCodes.Done;
    }

    private static void Explain(MeshLayout layout, PlatformPrograms programs, TextWriter output) => output.WriteLine($"""

        The mesh runs. Ctrl-C stops it.
          portal      {layout.Url(MeshPorts.Portal)}
          API         {layout.Url(MeshPorts.ControlApi)}   token in {layout.TokenPath}
          OTLP        {layout.Url(MeshPorts.OtlpGrpc)} (gRPC), {layout.Url(MeshPorts.OtlpHttp)} (HTTP)
          ClickHouse  {programs.ClickHouseUrl}
          resources   YAML files in {layout.ResourcesDirectory}, or: ./mesh apply -f FILE
          logs        {layout.LogDirectory}

        A sidecar for a service of yours that listens on port 5000:
          MESH_SERVICE=orders MESH_VERSION=v1 MESH_INSTANCE=orders-1 MESH_APP_URL=http://127.0.0.1:5000 \
          MESH_INBOUND_PORT=5001 MESH_OUTBOUND_PORT=5002 MESH_ADMIN_PORT=5003 \
          MESH_CONTROL_URL={layout.Url(MeshPorts.ControlGrpc)} MESH_OTLP_URL={layout.Url(MeshPorts.OtlpGrpc)} MESH_TOKEN_FILE={layout.TokenPath} \
          MESH_DATA_DIR={layout.DataDirectory("orders-1", demo: false)} dotnet {MeshLayout.ProgramPath("Proxy")}
        It then calls others at http://127.0.0.1:5002/ with "Host: NAME.mesh", and is called at port 5001.
        """);
}

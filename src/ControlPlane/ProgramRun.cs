using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.ControlPlane;

/// <summary>From settings to exit code.</summary>
internal static class ProgramRun
{
    private const int SettingsWrong = 2;
    private const int PortTaken = 3;

    public static int Refuse(IEnumerable<string> problems)
    {
        foreach (string problem in problems)
        {
            Console.Error.WriteLine(problem);
        }

        return SettingsWrong;
    }

    public static async Task<int> RunAsync(ControlPlaneOptions options)
    {
        WebApplication app;
        try
        {
            app = ControlPlaneHost.Build(options, TimeProvider.System);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Refuse([$"The control plane cannot use its data directory {options.DataDirectory} or its token file {options.TokenPath}: {error.Message}"]);
        }

        await using (app)
        {
            try
            {
                await app.StartAsync();
            }
            catch (IOException error) when (error.InnerException is AddressInUseException || error.InnerException is SocketException)
            {
                return ExplainTaken(options, error);
            }

            // Kestrel lists its addresses in the order they were asked for: REST, then gRPC, in clear text and within TLS.
            var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToList();
            Console.WriteLine($"listening api {addresses[0]}");
            if (options.GrpcPort is not null)
            {
                Console.WriteLine($"listening grpc {addresses[1]}");
            }

            if (options.GrpcTlsPort is not null)
            {
                Console.WriteLine($"listening grpc-tls {addresses[^1]}");
            }

            await app.WaitForShutdownAsync();
            return 0;
        }
    }

    private static int ExplainTaken(ControlPlaneOptions options, IOException error)
    {
        bool Is(int? taken) => taken is not null && error.Message.Contains($":{taken}", StringComparison.Ordinal);
        var (port, what, setting) = Is(options.GrpcPort) ? (options.GrpcPort, "the control plane's gRPC listener", "MESH_GRPC_PORT")
            : Is(options.GrpcTlsPort) ? (options.GrpcTlsPort, "the control plane's gRPC listener within TLS", "MESH_GRPC_TLS_PORT")
            : (options.ApiPort, "the control plane's REST listener", "MESH_API_PORT");
        Console.Error.WriteLine($"Port {port} on {options.Bind} cannot be used by {what}: {error.InnerException?.Message ?? error.Message} Move it with {setting}, or all ports with --port-base.");
        return PortTaken;
    }
}

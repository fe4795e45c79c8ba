using MeshInsight.Cli.Commands;

return await MeshCommand.RunAsync(args, TimeProvider.System);

using MeshInsight.Portal;

return await PortalProgram.RunAsync(args);

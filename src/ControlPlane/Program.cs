using MeshInsight.ControlPlane;

var (options, problems) = ControlPlaneOptions.FromEnvironment(Environment.GetEnvironmentVariable);
return problems.Count > 0
    ? ProgramRun.Refuse(problems)
    : await ProgramRun.RunAsync(options);

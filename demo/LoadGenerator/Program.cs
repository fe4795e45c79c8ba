using System.Runtime.InteropServices;
using System.Text.Json;
using MeshInsight.LoadGenerator;

const int WrongOptions = 2;

var problems = new List<string>();
if (LoadOptions.Read(args, Environment.GetEnvironmentVariable, problems) is not { } options)
{
    problems.ForEach(Console.Error.WriteLine);
    return WrongOptions;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null })
{
    BaseAddress = options.Url,
    Timeout = options.Timeout,
};
var clock = TimeProvider.System;
var tally = new Tally();
var generating = new Generator(options, http, tally, clock).RunAsync(stop.Token);
using var seconds = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
// Requests still on their way when generating ends get their answer, or their timeout.
while (!generating.IsCompleted || tally.InFlight > 0)
{
    await seconds.WaitForNextTickAsync();
    Print(tally.TakeSecond(clock.GetUtcNow()));
}

await generating;
Print(tally.Total(clock.GetUtcNow()));
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static void Print(LoadReport report) => Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));

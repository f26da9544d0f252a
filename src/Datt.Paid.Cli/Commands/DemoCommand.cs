using System.CommandLine;
using Datt.Paid.Cli.Demo;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt demo</c>: a server and two nodes in a temporary directory play the whole story.</summary>
internal static class DemoCommand
{
    public static Command Build(CommandTree tree)
    {
        var assembly = new Option<string?>("--server-dll") { Description = "Datt.Paid.Server.dll. Default: the one of the same source tree, built if need be", HelpName = "file" };
        var keep = new Option<bool>("--keep") { Description = "Do not delete the temporary directory at the end" };
        var command = new Command("demo", "Start a server and two nodes here, and play the whole story: share, pay, search, fetch") { assembly, keep };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var server = await ServerAsync(scope.Output, parsed.GetValue(assembly), ct).ConfigureAwait(false);
            var directory = Directory.CreateTempSubdirectory("datt-demo-").FullName;
            try
            {
                scope.Output.Remark("Starting a rendezvous server…");
                await using var process = await ServerProcess.StartAsync(server, directory, scope.Time, ct).ConfigureAwait(false);
                scope.Output.Remark($"It listens at {process.Address}, everything is in {directory}");
                await new DemoStory(process.Address, directory, scope.Time, step => Write(scope.Output, step)).PlayAsync(ct).ConfigureAwait(false);
                scope.Output.Line();
                scope.Output.Line("That was all of it. The same with your own files: start a server, then 'datt account create' and 'datt share <folder>'.");
                return ExitCode.Ok;
            }
            finally
            {
                if (!parsed.GetValue(keep))
                {
                    Directory.Delete(directory, recursive: true);
                }
            }
        }));
        return command;
    }

    private static async Task<string> ServerAsync(Output output, string? named, CancellationToken ct)
    {
        if (ServerProcess.Find(named) is null && named is null && ServerBuild.FindProject() is { } project)
        {
            output.Remark("Building the server first, once…");
            await ServerBuild.RunAsync(project, ct).ConfigureAwait(false);
        }

        return ServerProcess.Find(named) ?? throw new CommandFailure(ExitCode.NotFound, "no_server",
            named is null ? "There is no server beside this program." : $"{named} does not exist.", "Name Datt.Paid.Server.dll with --server-dll.");
    }

    private static void Write(Output output, DemoStep step)
    {
        output.Json(step, CliJson.Shared.DemoStep);
        output.Line();
        output.Marked($"[bold]{step.Step}. {Output.Mark(step.Text)}[/]");
        output.Marked($"   [green]$ {Output.Mark(step.Command)}[/]");
        foreach (var (name, value) in step.Facts)
        {
            output.Marked($"   [grey]{Output.Mark(name)}[/]  {Output.Mark(value)}");
        }
    }
}

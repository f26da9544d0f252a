using System.CommandLine;
using Datt.Paid.Cli.Network;
using Datt.Paid.Cli.Terminal;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt network</c>: the servers that can be reached from one.</summary>
internal static class NetworkCommand
{
    private const int LongestName = 40;

    public static Command Build(CommandTree tree)
    {
        var depth = WholeNumber.Option("--depth", "Steps from the first server", 64, 0, 1_000);
        var servers = WholeNumber.Option("--max-servers", "Servers that are called", 1_000, 1, 100_000);
        var dot = new Option<bool>("--dot") { Description = "A picture in the DOT language of Graphviz: 'datt network --dot | dot -Tsvg > network.svg'" };
        var command = new Command("network", "Walk the network from this server on and show it as a tree: who named whom first") { depth, servers, dot };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var network = await WalkAsync(scope, new WalkLimits { Depth = parsed.GetValue(depth), Servers = parsed.GetValue(servers) }, ct).ConfigureAwait(false);
            if (parsed.GetValue(dot))
            {
                await scope.Output.TextAsync(NetworkGraph.Write(network), ct).ConfigureAwait(false);
            }
            else
            {
                scope.Output.Json(network, CliJson.Shared.SeenNetwork);
                Write(scope.Output, network);
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>Walks, with a line of progress where a person looks.</summary>
    /// <exception cref="CommandFailure">The first server does not answer.</exception>
    public static async Task<SeenNetwork> WalkAsync(CommandScope scope, WalkLimits limits, CancellationToken ct)
    {
        var network = scope.Output.ShowsProgress
            ? await scope.Output.ErrorScreen.Status().StartAsync("Asking the first server", status => RunAsync(new WalkStatus(status))).ConfigureAwait(false)
            : await RunAsync(null).ConfigureAwait(false);
        if (network.Servers[0] is { State: not ServerAnswer.Answers } first)
        {
            throw new CommandFailure(ExitCode.Unavailable, first.State == ServerAnswer.BadCard ? "bad_card" : "unreachable", first.Problem ?? $"{first.Url} does not answer.",
                "Start the server, or name another with --server or DATT_SERVER.");
        }

        return network;

        async Task<SeenNetwork> RunAsync(IProgress<WalkProgress>? progress)
        {
            using var walk = new NetworkWalk(limits, scope.Time) { Progress = progress };
            return await walk.RunAsync(scope.Server, ct).ConfigureAwait(false);
        }
    }

    private static void Write(Output output, SeenNetwork network)
    {
        if (output.IsJson)
        {
            return;
        }

        var first = network.Servers[0];
        var tree = new Tree(Label(first));
        // Of a server under two ids the one that was met first takes the children.
        var branches = new Dictionary<string, IHasTreeNodes>(StringComparer.Ordinal) { [first.Id] = tree };
        foreach (var server in network.Servers.Skip(1))
        {
            var node = branches.GetValueOrDefault(server.NamedBy ?? "", tree).AddNode(Label(server));
            if (server.State == ServerAnswer.Answers)
            {
                branches.TryAdd(server.Id, node);
            }
        }

        output.Screen.Write(tree);
        output.Line(Summary(network));
        if (!network.Complete)
        {
            output.Remark("There is more: a limit ended the walk, or a list could not be read to its end.");
        }

        if (network.Servers.Count == 1)
        {
            output.Line("It knows no other server. Its operator can name some to start from with Datt:Bootstrap.");
        }
    }

    private static string Summary(SeenNetwork network)
    {
        var answering = network.Servers.Count(s => s.State == ServerAnswer.Answers);
        var silent = network.Servers.Count - answering;
        return $"{Figures.Count(answering, "server")} {(answering == 1 ? "answers" : "answer")}{(silent == 0 ? "" : $", {Figures.Count(silent)} not")}; "
            + $"{Figures.Count(network.Servers.Sum(s => s.Nodes?.Online ?? 0), "node")} online";
    }

    private static string Label(SeenServer server)
    {
        var name = Output.Mark(NetworkTexts.Short(server.Name is { Length: > 0 } given ? given : server.Url, LongestName));
        var url = $"[grey]{Output.Mark(NetworkTexts.Short(server.Url, 100))}[/]";
        return server.State == ServerAnswer.Answers
            ? $"[bold]{name}[/]  {Output.Mark(NetworkTexts.Price(server))}, covers {NetworkTexts.Coverage(server)}, {NetworkTexts.Latency(server)}, {NetworkTexts.Freshness(server)}  {url}"
            : $"[red]{name}[/]  {Output.Mark(server.Problem ?? "does not answer")}  {url}";
    }

    private sealed class WalkStatus(StatusContext status) : IProgress<WalkProgress>
    {
        public void Report(WalkProgress value) => status.Status($"{Figures.Count(value.Called)} of {Figures.Count(value.Known, "server")} asked");
    }
}

using System.CommandLine;
using System.Globalization;
using Datt.Paid.Cli.Network;
using Datt.Paid.Cli.Terminal;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt servers</c>: which server to choose.</summary>
internal static class ServersCommand
{
    private const int LongestName = 32;

    public static Command Build(CommandTree tree)
    {
        var best = new Option<bool>("--best") { Description = "Only the best one" };
        var maxPrice = MaxPrice();
        var command = new Command("servers", """
            Compare the servers of the network, best first.

            Score = coverage / (1 + price / median price) / (1 + latency / 1 s): one that covers the whole network, is free and answers at once
            scores 1; the usual price halves that, and so does a second of waiting. Coverage and price are what servers say of themselves.
            """)
        { best, maxPrice };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var ranked = await RankAsync(scope, parsed.GetValue(maxPrice), ct).ConfigureAwait(false);
            if (parsed.GetValue(best))
            {
                ranked = [ranked[0]];
            }

            scope.Output.Json(new ServerChoice(ranked), CliJson.Shared.ServerChoice);
            Write(scope, ranked, parsed.GetValue(best));
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>An upper bound of the price.</summary>
    public static Option<decimal?> MaxPrice()
    {
        const string name = "--max-price";
        return new Option<decimal?>(name)
        {
            Description = "Leave out servers whose month costs more, in the currency that most of them ask in; 0 leaves the free ones",
            HelpName = "amount",
            CustomParser = result =>
            {
                if (decimal.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
                {
                    return amount;
                }

                result.AddError($"{name} takes an amount such as 0.30, not '{result.Tokens[0].Value}'.");
                return null;
            },
        };
    }

    /// <summary>Walks and ranks.</summary>
    /// <exception cref="CommandFailure">None is left.</exception>
    public static async Task<IReadOnlyList<RankedServer>> RankAsync(CommandScope scope, decimal? maxPrice, CancellationToken ct)
    {
        var network = await NetworkCommand.WalkAsync(scope, new WalkLimits(), ct).ConfigureAwait(false);
        var ranked = ServerRanking.Rank(network.Servers, maxPrice);
        return ranked.Count > 0
            ? ranked
            : throw new CommandFailure(ExitCode.NotFound, "no_server", "No server of this network is that cheap.", "Allow a higher --max-price.");
    }

    private static void Write(CommandScope scope, IReadOnlyList<RankedServer> ranked, bool best)
    {
        if (scope.Output.IsJson)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in new[] { "Score", "Server", "Price", "Covers", "Latency", "Nodes", "Address" })
        {
            table.AddColumn(new TableColumn(heading) { NoWrap = true });
        }

        foreach (var (server, score) in ranked)
        {
            table.AddRow(
                score.ToString("0.00", CultureInfo.InvariantCulture), Output.Mark(NetworkTexts.Short(server.Name ?? "", LongestName)), Output.Mark(NetworkTexts.Price(server)),
                NetworkTexts.Coverage(server), NetworkTexts.Latency(server), Figures.Count(server.Nodes?.Online ?? 0), Output.Mark(NetworkTexts.Short(server.Url, 100)));
        }

        scope.Output.Screen.Write(table);
        if (ranked[0].Server.Url != scope.Server.AbsoluteUri)
        {
            scope.Output.Line(best ? $"Next: 'datt move {ranked[0].Server.Url}' takes your nodes there." : "Next: 'datt move --best' takes your nodes to the first one.");
        }
    }
}

/// <summary>What <c>datt servers</c> tells: best first.</summary>
public sealed record ServerChoice(IReadOnlyList<RankedServer> Servers);

using System.CommandLine;
using System.Globalization;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt status</c>: the server, the account, its subscription, the nodes.</summary>
internal static class StatusCommand
{
    private const int NodesShown = 20;
    private const int NoticesShown = 3;

    public static Command Build(CommandTree tree)
    {
        var command = new Command("status", "The server, your account and the nodes that are there");
        command.SetAction(tree.Body(async (_, scope, ct) =>
        {
            var client = scope.Client();
            var card = await client.Server.CardAsync(ct).ConfigureAwait(false);
            var ready = await scope.Anonymous().Server.IsReadyAsync(ct).ConfigureAwait(false);
            var account = scope.Key is null ? null : await client.Accounts.ShowAsync(ct).ConfigureAwait(false);
            var nodes = await client.Nodes.PageAsync(null, NodesShown, ct).ConfigureAwait(false);
            var notices = scope.Key is null ? [] : await NoticesAsync(client, ct).ConfigureAwait(false);
            scope.Output.Json(new StatusReport(card, ready, account, nodes.Nodes, notices), CliJson.Shared.StatusReport);
            Write(scope, card, ready);
            Write(scope.Output, account);
            foreach (var notice in notices)
            {
                NoticeCommands.Write(scope.Output, notice);
            }

            Write(scope.Output, card, nodes);
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>The newest ones; none from a server that has no such list.</summary>
    private static async Task<IReadOnlyList<Notice>> NoticesAsync(DattClient client, CancellationToken ct)
    {
        try
        {
            return (await client.Accounts.NoticesAsync(null, NoticesShown, ct).ConfigureAwait(false)).Notices;
        }
        catch (DattException e) when (e.Code == "not_found")
        {
            return [];
        }
    }

    private static void Write(CommandScope scope, ServerCard card, bool ready)
    {
        var coverage = card.Coverage is { } c
            ? string.Create(CultureInfo.InvariantCulture, $"{Figures.Count(c.Records, "record")} of {Figures.Count(c.Origins, "server")}, {c.Ratio:P0} of the network")
            : null;
        scope.Output.Facts(
            ("Server", $"{card.Name} ({scope.Server})"), ("Id", card.Id), ("Version", $"{card.Software} {card.Version}".Trim()),
            ("State", ready ? "ready" : "not ready: the index is catching up"),
            ("Search", card.Search?.Access == "Free" || card.Price is null ? "free" : $"{card.Price} a {card.Price.Period ?? "month"}"),
            ("Index", coverage));
    }

    private static void Write(Output output, Account? account)
    {
        output.Line();
        if (account is null)
        {
            output.Line("You have no account here. Run 'datt account create'.");
            return;
        }

        AccountCommands.Write(output, account);
    }

    private static void Write(Output output, ServerCard card, NodeList nodes)
    {
        output.Line();
        if (nodes.Nodes.Count == 0)
        {
            output.Line("No node is connected. Run 'datt share <folder>' to be the first.");
            return;
        }

        foreach (var node in nodes.Nodes)
        {
            var records = node.Records is { } count ? Figures.Count(count, "record") : "";
            output.Marked($"{(node.Online == false ? "[grey]o[/]" : "[green]*[/]")} {Output.Mark(node.NodeId)}  {records}  [grey]{Output.Mark(string.Join(" ", node.Endpoints))}[/]");
        }

        if (nodes.Next is not null)
        {
            output.Line($"… and more: {Figures.Count(card.Nodes?.Online ?? 0)} nodes are online.");
        }
    }
}

/// <summary>What <c>datt status</c> tells.</summary>
public sealed record StatusReport(ServerCard Server, bool Ready, Account? Account, IReadOnlyList<Node> Nodes, IReadOnlyList<Notice> Notices);

using System.CommandLine;
using Datt.Paid.Cli.Settings;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary>
/// <c>datt move</c>: takes all nodes to another server. First everything is announced there; only when that has succeeded the new server becomes
/// the one in use and the old one is told to forget. So it can be interrupted anywhere and repeated.
/// </summary>
internal static class MoveCommand
{
    public static Command Build(CommandTree tree)
    {
        var target = new Argument<string?>("url") { Description = "The server to go to", Arity = ArgumentArity.ZeroOrOne };
        var best = new Option<bool>("--best") { Description = "Go to the first one of 'datt servers'" };
        var maxPrice = ServersCommand.MaxPrice();
        var keep = new Option<bool>("--keep") { Description = "Leave the records at the old server; they are forgotten there when the node is not seen for long" };
        var command = new Command("move", "Take your nodes to another server: account, announces and presence. A running 'datt share' follows by itself") { target, best, maxPrice, keep };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            if (parsed.GetValue(target) is null == !parsed.GetValue(best))
            {
                throw new CommandFailure(ExitCode.Usage, "usage", "Name the server to go to, or let --best choose it.", "See 'datt move --help'.");
            }

            var to = parsed.GetValue(target) is { } url
                ? CommandScope.ReadAddress(url, "the command line")
                : new Uri((await ServersCommand.RankAsync(scope, parsed.GetValue(maxPrice), ct).ConfigureAwait(false))[0].Server.Url);
            return await RunAsync(scope, to, parsed.GetValue(keep), ct).ConfigureAwait(false);
        }));
        return command;
    }

    private static async Task<ExitCode> RunAsync(CommandScope scope, Uri to, bool keep, CancellationToken ct)
    {
        if (to == scope.Server)
        {
            throw new CommandFailure(ExitCode.Usage, "same_server", $"Your nodes are at {to} already.");
        }

        var client = await AccountAtAsync(scope, to, ct).ConfigureAwait(false);
        var shares = scope.Config.SharesAt(scope.Server);
        var arrived = new List<MovedNode>();
        foreach (var share in shares)
        {
            if (await AnnounceAsync(scope, client, to, share, ct).ConfigureAwait(false) is { } moved)
            {
                arrived.Add(moved);
            }
        }

        scope.Config.Move(scope.Server, to, [.. arrived.Select(m => m.Share)], scope.Time.GetUtcNow());
        if (scope.Key is not null)
        {
            foreach (var moved in arrived)
            {
                await LeaveAsync(scope, moved, keep, ct).ConfigureAwait(false);
            }
        }

        var left = scope.Key is null ? null : await LeftBehindAsync(scope, ct).ConfigureAwait(false);
        var answer = new Moved(
            scope.Server.AbsoluteUri, to.AbsoluteUri, [.. arrived.Select(m => new MovedShare(m.Share.Folder, m.Share.Node, m.Files))],
            [.. shares.Where(s => arrived.All(m => m.Share.Folder != s.Folder)).Select(s => s.Folder)], left);
        scope.Output.Json(answer, CliJson.Shared.Moved);
        Write(scope, answer);
        return answer.Missing.Count == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    private static async Task<DattClient> AccountAtAsync(CommandScope scope, Uri to, CancellationToken ct)
    {
        if (scope.Config.AccountAt(to) is { } known)
        {
            return scope.At(to, known.ApiKey);
        }

        var created = await scope.At(to, null).Accounts.CreateAsync(new NewAccount(null, null), ct).ConfigureAwait(false);
        scope.Config.Add(to, new KnownAccount(created.AccountId, created.ApiKey));
        return scope.At(to, created.ApiKey);
    }

    private sealed record MovedNode(SavedShare Before, SavedShare Share, SharedFolder Folder, int Files);

    /// <summary>Null where the folder is not there any more.</summary>
    private static async Task<MovedNode?> AnnounceAsync(CommandScope scope, DattClient client, Uri to, SavedShare share, CancellationToken ct)
    {
        SharedFolder folder;
        try
        {
            folder = new SharedFolder(share.Folder);
        }
        catch (DirectoryNotFoundException e)
        {
            scope.Output.Remark($"{e.Message} Its node {share.Node} stays where it was.");
            return null;
        }

        var before = ShareLedger.Open(scope.Config.LedgerPath(scope.Server, share.Node, folder));
        try
        {
            return await AnnounceAsync(share.Node).ConfigureAwait(false);
        }
        catch (DattException e) when (e.Code == "node_taken")
        {
            // Somebody has a node of this name there.
            return await AnnounceAsync(scope.Config.NodeFor(to, folder)).ConfigureAwait(false);
        }

        async Task<MovedNode> AnnounceAsync(string node)
        {
            using var progress = new ShareProgress(scope.Output);
            var options = new ShareOptions
            {
                NodeId = node,
                Label = share.Label,
                Limits = new FolderLimits { MaxFileBytes = share.MaxFileBytes, MaxFiles = share.MaxFiles },
            };
            var session = new ShareSession(client, to, folder, before.For(scope.Config.LedgerPath(to, node, folder)), options, scope.Time)
            {
                Progress = progress,
                Tell = _ => { },
            };
            var result = await session.OnceAsync(ct).ConfigureAwait(false);
            progress.Clear();
            return new MovedNode(share, share with { Server = to.AbsoluteUri, Node = node }, folder, result.Files - result.RejectedCount);
        }
    }

    private static async Task LeaveAsync(CommandScope scope, MovedNode moved, bool keep, CancellationToken ct)
    {
        var path = scope.Config.LedgerPath(scope.Server, moved.Before.Node, moved.Folder);
        var ledger = ShareLedger.Open(path);
        try
        {
            if (!keep)
            {
                var lines = ledger.Announced.Select(BulkLine.Withdraw).ToAsyncEnumerable();
                await foreach (var _ in scope.Account().Content.BulkAsync(moved.Before.Node, lines, ct).ConfigureAwait(false))
                {
                }

                File.Delete(path);
            }

            await scope.Account().Nodes.LeaveAsync(moved.Before.Node, ct).ConfigureAwait(false);
        }
        catch (DattException e)
        {
            // It may be gone for good, which can be why somebody moves.
            scope.Output.Remark($"{scope.Server} could not be told that {moved.Before.Node} has left: {e.Message} It forgets by itself.");
        }
    }

    private static async Task<Account?> LeftBehindAsync(CommandScope scope, CancellationToken ct)
    {
        try
        {
            return await scope.Account().Accounts.ShowAsync(ct).ConfigureAwait(false);
        }
        catch (DattException)
        {
            return null;
        }
    }

    private static void Write(CommandScope scope, Moved moved)
    {
        var output = scope.Output;
        foreach (var share in moved.Nodes)
        {
            output.Line($"{share.Node}: {Figures.Count(share.Files, "file")} of {share.Folder} announced at {moved.To}");
        }

        output.Line(moved.Nodes.Count == 0 ? $"No folder was shared at {moved.From}. {moved.To} is the server in use now." : $"{moved.To} is the server in use now. A running 'datt share' follows within seconds.");
        if (moved.LeftBehind is { } account)
        {
            var paid = account.Subscription is { State: "active" or "grace", PaidUntil: { } until } ? $"a subscription until {Figures.Day(until)}" : null;
            var balance = account.Balance is { Amount: > 0 } money ? $"a balance of {money}" : null;
            if (string.Join(" and ", new[] { paid, balance }.OfType<string>()) is { Length: > 0 } rest)
            {
                output.Line($"You keep {rest} at {moved.From}; your key there is still remembered.");
            }
        }

        output.Line("Next: 'datt status' shows the account there, 'datt subscribe --months 1' lets you search.");
    }
}

/// <summary>What <c>datt move</c> did.</summary>
/// <param name="From">The server that was left.</param>
/// <param name="To">The server in use now.</param>
/// <param name="Nodes">The nodes that went.</param>
/// <param name="Missing">Folders that are not there any more; their nodes stay at the old server.</param>
/// <param name="LeftBehind">The account at the old server; null where it could not be asked.</param>
public sealed record Moved(string From, string To, IReadOnlyList<MovedShare> Nodes, IReadOnlyList<string> Missing, Account? LeftBehind);

/// <summary>A node that was moved.</summary>
public sealed record MovedShare(string Folder, string Node, int Files);

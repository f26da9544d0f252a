using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt operator feeds</c>: what an operator does about one origin.</summary>
internal static class OperatorFeedCommands
{
    public static Command Build(CommandTree tree) => new("feeds", "What to do about the feed of one origin; 'datt feeds' shows them")
    {
        Block(tree),
        Verb(tree, "unblock", "Undo a block", UnblockAsync),
        Verb(tree, "forget", "Delete what the server holds of an origin's feed; it is fetched anew when its head is next heard of",
            (client, origin, ct) => client.Feeds.ForgetAsync(origin, ct)),
        Verb(tree, "fetch", "Delete what the server holds of an origin's feed and fetch it anew now; until it is here again its records are not found",
            (client, origin, ct) => client.Feeds.FetchAsync(origin, ct)),
    };

    private static Command Block(CommandTree tree)
    {
        var reason = new Option<string>("--reason") { Description = "Why, for those who look at the rules later", Required = true };
        var drop = new Option<bool>("--drop") { Description = "Neither fetch, keep nor serve its runs, only its head" };
        var origin = Origin();
        var command = new Command("block", "Hide an origin's records from search on this server; its feed and other servers do not change") { origin, reason, drop };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var id = parsed.GetRequiredValue(origin);
            var rule = new NewPolicyRule("origin", id, parsed.GetRequiredValue(reason)) { Drop = parsed.GetValue(drop) };
            await scope.Account().Policy.BlockAsync(rule, ct).ConfigureAwait(false);
            Write(scope.Output, new FeedActionResult(id, "blocked"));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static async Task<FeedActionResult> UnblockAsync(DattClient client, string origin, CancellationToken ct)
    {
        var rules = (await client.Policy.PageAsync(new PolicyQuery { Kind = "origin", Value = origin }, null, ct).ConfigureAwait(false)).Rules;
        foreach (var rule in rules)
        {
            await client.Policy.UnblockAsync(rule.Id, null, ct).ConfigureAwait(false);
        }

        return new FeedActionResult(origin, rules.Count > 0 ? "unblocked" : "notBlocked");
    }

    private static Command Verb(CommandTree tree, string name, string description, Func<DattClient, string, CancellationToken, Task<FeedActionResult>> act)
    {
        var origin = Origin();
        var command = new Command(name, description) { origin };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            Write(scope.Output, await act(scope.Account(), parsed.GetRequiredValue(origin), ct).ConfigureAwait(false));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static void Write(Output output, FeedActionResult result)
    {
        output.Json(result, CliJson.Shared.FeedActionResult);
        output.Line(result.Outcome switch
        {
            "blocked" => "Blocked. Undo it with 'datt operator feeds unblock'.",
            "unblocked" => "Unblocked. Where its runs were dropped, they are fetched again.",
            "notBlocked" => "It was not blocked.",
            "forgotten" => "Forgotten. It comes back with the next head that is heard of; 'block --drop' prevents that.",
            "fetching" => "Fetching; 'datt feeds' shows how far it is.",
            "nobodyAnswers" => "No server that has it answers now; it is tried again by itself.",
            var other => other,
        });
    }

    /// <summary>The id of a server, as <c>datt feeds</c> and <c>datt network</c> show it.</summary>
    internal static Argument<string> Origin()
    {
        var origin = new Argument<string>("origin") { Description = "Id of the origin: 52 characters, as 'datt feeds --json' shows it" };
        origin.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !ServerPublicKey.IsFingerprint(result.Tokens[0].Value))
            {
                result.AddError($"'{Figures.Safe(result.Tokens[0].Value)}' is no id of a server: 52 characters of a-z and 2-7, as 'datt feeds --json' shows it.");
            }
        });
        return origin;
    }
}

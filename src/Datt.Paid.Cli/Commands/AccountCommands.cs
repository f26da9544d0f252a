using System.CommandLine;
using Datt.Paid.Cli.Settings;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt account</c>: the account and its keys.</summary>
internal static class AccountCommands
{
    private static readonly string[] Scopes = ["account", "search", "announce", "federation"];

    public static Command Build(CommandTree tree) => new("account", "Your account and its keys")
    {
        Create(tree), Show(tree), Keys(tree), NoticeCommands.Notify(tree), NoticeCommands.List(tree),
    };

    private static Command Create(CommandTree tree)
    {
        var name = new Option<string?>("--name") { Description = "A label for it" };
        var email = new Option<string?>("--email") { Description = "Where notices go" };
        var another = new Option<bool>("--another") { Description = "Also if an account at this server is remembered already; that one's key is forgotten" };
        var command = new Command("create", "Make an account at the server and remember its key. Free, and nothing has to be told") { name, email, another };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            if (scope.Config.AccountAt(scope.Server) is { } known && !parsed.GetValue(another))
            {
                throw new CommandFailure(ExitCode.Usage, "account_exists", $"You have the account {known.AccountId} at {scope.Server} already.",
                    "'datt account show' shows it. Add --another to make one more and forget this one's key.");
            }

            var created = await scope.Anonymous().Accounts.CreateAsync(new NewAccount(parsed.GetValue(name), parsed.GetValue(email)), ct)
                .ConfigureAwait(false);
            scope.Config.Remember(scope.Server, new KnownAccount(created.AccountId, created.ApiKey));
            scope.Output.Json(created, CliJson.Shared.CreatedAccount);
            scope.Output.Facts(("Account", created.AccountId), ("Server", scope.Server.AbsoluteUri), ("Key", $"kept in {scope.Config.FullPath}"));
            scope.Output.Line("Next: 'datt share <folder>' to announce what you have, 'datt subscribe --months 1' to search.");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Show(CommandTree tree)
    {
        var command = new Command("show", "Subscription, balance and quota");
        command.SetAction(tree.Body(async (_, scope, ct) =>
        {
            var account = await scope.Account().Accounts.ShowAsync(ct).ConfigureAwait(false);
            scope.Output.Json(account, CliJson.Shared.Account);
            Write(scope.Output, account);
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>An account for people.</summary>
    public static void Write(Output output, Account account)
    {
        var subscription = account.Subscription;
        var until = subscription.PaidUntil is { } end ? $"{subscription.State}, paid until {Figures.Minute(end)}" : subscription.State;
        output.Facts(
            ("Account", account.AccountId), ("Subscription", until), ("Renewal", subscription.AutoRenew ? "from the balance" : "off"),
            ("Balance", account.Balance?.ToString()), ("Notices", Notices(account)));
        if (subscription.State is "none" or "expired")
        {
            output.Line("Next: 'datt subscribe --months 1' lets you search.");
        }
    }

    private static string Notices(Account account) => (account.NoticeUrl, account.Email) switch
    {
        (null, null) => "go nowhere; 'datt account notify' changes that",
        (var url, var email) => "go to " + string.Join(" and ", new[] { url, email }.OfType<string>()),
    };

    private static Command Keys(CommandTree tree) =>
        new("keys", "Keys of the account: one for each node or program, each revocable") { ListKeys(tree), CreateKey(tree), RevokeKey(tree) };

    private static Command ListKeys(CommandTree tree)
    {
        var command = new Command("list", "All keys, without their secrets");
        command.SetAction(tree.Body(async (_, scope, ct) =>
        {
            var keys = await scope.Account().Accounts.KeysAsync(ct).ConfigureAwait(false);
            scope.Output.Json(new KeyList { Keys = keys }, CliJson.Shared.KeyList);
            foreach (var key in keys)
            {
                var made = key.CreatedAt is { } at ? $"  [grey]{Figures.Day(at)}[/]" : "";
                scope.Output.Marked($"{Output.Mark(key.Id)}  {Output.Mark(key.Name ?? "-")}  [grey]{Output.Mark(string.Join(", ", key.Scopes))}[/]{made}");
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command CreateKey(CommandTree tree)
    {
        var name = new Argument<string>("name") { Description = "What the key is for" };
        var scopes = new Option<string[]>("--scope") { Description = "What it may do", Required = true, AllowMultipleArgumentsPerToken = true };
        scopes.AcceptOnlyFromAmong(Scopes);
        var command = new Command("create", "Make a key. It is shown this once") { name, scopes };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var wanted = parsed.GetValue(scopes)!.Distinct().ToList();
            var key = await scope.Account().Accounts.CreateKeyAsync(new NewKey(parsed.GetValue(name)!, wanted), ct).ConfigureAwait(false);
            scope.Output.Json(key, CliJson.Shared.CreatedKey);
            scope.Output.Facts(("Key", key.Secret), ("Id", key.Id), ("Scopes", string.Join(", ", key.Scopes)));
            scope.Output.Line("Keep it now: it is not shown again. Programs take it from DATT_API_KEY.");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command RevokeKey(CommandTree tree)
    {
        var id = new Argument<string>("id") { Description = "As 'datt account keys list' shows it" };
        var command = new Command("revoke", "Make a key worthless at once") { id };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var key = parsed.GetValue(id)!;
            await scope.Account().Accounts.RevokeKeyAsync(key, ct).ConfigureAwait(false);
            scope.Output.Json(new RevokedKey(key), CliJson.Shared.RevokedKey);
            scope.Output.Line($"The key {key} is revoked.");
            return ExitCode.Ok;
        }));
        return command;
    }
}

/// <summary>A key that was revoked.</summary>
public sealed record RevokedKey(string Revoked);

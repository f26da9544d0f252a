using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt account notify</c> and <c>notices</c>: where the server's notices go, and what they were.</summary>
internal static class NoticeCommands
{
    private const string None = "none";

    public static Command Notify(CommandTree tree)
    {
        var url = new Option<string?>("--url") { Description = $"Notices are posted there, signed by the server. '{None}' ends that", HelpName = "url" };
        var email = new Option<string?>("--email") { Description = $"Notices are mailed there, if the server sends mail. '{None}' ends that", HelpName = "address" };
        var command = new Command("notify", "Say where notices go: that a subscription ends, or was renewed") { url, email };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var change = new AccountChange(Cleared(parsed.GetValue(url)), Cleared(parsed.GetValue(email)));
            if (change is { NoticeUrl: null, Email: null })
            {
                throw new CommandFailure(ExitCode.Usage, "usage", "Say where notices go: --url, --email, or both.", $"'{None}' clears one.");
            }

            var account = await scope.Account().Accounts.ChangeAsync(change, ct).ConfigureAwait(false);
            scope.Output.Json(account, CliJson.Shared.Account);
            scope.Output.Facts(("Posted to", account.NoticeUrl ?? "nowhere"), ("Mailed to", account.Email ?? "nobody"));
            return ExitCode.Ok;
        }));
        return command;
    }

    public static Command List(CommandTree tree)
    {
        var all = new Option<bool>("--all") { Description = "All of them, not only the newest 20" };
        var command = new Command("notices", "What the server had to say to you, newest first") { all };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var accounts = scope.Account().Accounts;
            string? cursor = null;
            do
            {
                var page = await accounts.NoticesAsync(cursor, null, ct).ConfigureAwait(false);
                scope.Output.Json(page, CliJson.Shared.NoticeList);
                foreach (var notice in page.Notices)
                {
                    Write(scope.Output, notice);
                    scope.Output.Line("  " + notice.Text);
                }

                cursor = parsed.GetValue(all) && page.Notices.Count > 0 ? page.Next : null;
            }
            while (cursor is not null);
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>A notice on one line, with what became of it.</summary>
    public static void Write(Output output, Notice notice)
    {
        var sent = string.Join(", ", notice.Deliveries.Select(d => d.Failure is null ? $"{d.Channel} {d.State}" : $"{d.Channel} {d.State}: {d.Failure}"));
        var time = notice.Time is { } at ? Figures.Minute(at) + "  " : "";
        output.Marked($"[grey]{Output.Mark(time)}[/]{Output.Mark(notice.Title)}{(sent.Length > 0 ? $"  [grey]{Output.Mark(sent)}[/]" : "")}");
    }

    private static string? Cleared(string? given) => given == None ? "" : given;
}

using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt operator policy</c>: what is hidden from search at a server.</summary>
internal static class OperatorPolicyCommands
{
    private static readonly string[] Kinds = ["origin", "node", "label", "language", "size", "word", "content"];

    public static Command Build(CommandTree tree) =>
        new("policy", "Hide contents, nodes or whole origins from search at your server; feeds stay as they are") { List(tree), Block(tree), Unblock(tree) };

    private static Command List(CommandTree tree)
    {
        var kind = new Option<string?>("--kind") { Description = "Only rules of this kind" };
        kind.AcceptOnlyFromAmong(Kinds);
        var all = new Option<bool>("--removed") { Description = "Undone rules too, with who undid them" };
        var command = new Command("list", "The rules, with who made them and why, and how much they hide") { kind, all };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var query = new PolicyQuery { Kind = parsed.GetValue(kind), Removed = parsed.GetValue(all), Limit = 1_000 };
            var policy = scope.Account().Policy;
            PolicyPage page;
            string? cursor = null;
            var shown = 0;
            do
            {
                page = await policy.PageAsync(query, cursor, ct).ConfigureAwait(false);
                scope.Output.Json(page, CliJson.Shared.PolicyPage);
                foreach (var rule in page.Rules)
                {
                    Write(scope.Output, rule);
                    shown++;
                }

                cursor = page.Rules.Count == 0 ? null : page.Next;
            }
            while (cursor is not null);
            scope.Output.Line(shown == 0
                ? "No such rule: hide something with 'datt operator policy block word \"some words\" --reason \"...\"'."
                : page.CountedAt is { } at
                    ? $"{Figures.Count(page.HiddenContents, "content")} and {Figures.Count(page.HiddenRecords, "record")} hidden as of {Figures.Minute(at)}."
                    : "What is hidden was not counted yet.");
            if (!page.Settled)
            {
                scope.Output.Line("The index is being brought into agreement with the rules; hits show nothing hidden already.");
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Block(CommandTree tree)
    {
        var (kind, value) = Subject();
        var reason = new Option<string>("--reason") { Description = "Why, for those who ask later", Required = true };
        var drop = new Option<bool>("--drop") { Description = "Of an origin: neither fetch, keep nor serve its runs any more" };
        var command = new Command("block", "Hide something from search, at once") { kind, value, reason, drop };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var rule = await scope.Account().Policy.BlockAsync(
                new NewPolicyRule(parsed.GetRequiredValue(kind), parsed.GetRequiredValue(value), parsed.GetRequiredValue(reason)) { Drop = parsed.GetValue(drop) },
                ct).ConfigureAwait(false);
            scope.Output.Json(rule, CliJson.Shared.PolicyRule);
            Write(scope.Output, rule);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Unblock(CommandTree tree)
    {
        var (kind, value) = Subject();
        var reason = new Option<string?>("--reason") { Description = "Why, for those who ask later" };
        var command = new Command("unblock", "Show it again") { kind, value, reason };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var policy = scope.Account().Policy;
            var found = await policy.PageAsync(
                new PolicyQuery { Kind = parsed.GetRequiredValue(kind), Value = parsed.GetRequiredValue(value) }, null, ct).ConfigureAwait(false);
            if (found.Rules is not [var rule, ..])
            {
                throw new CommandFailure(ExitCode.NotFound, "not_found", "No such rule stands.", "See 'datt operator policy list'.");
            }

            var undone = await policy.UnblockAsync(rule.Id, parsed.GetValue(reason), ct).ConfigureAwait(false);
            scope.Output.Json(undone, CliJson.Shared.PolicyRule);
            Write(scope.Output, undone);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static (Argument<string> Kind, Argument<string> Value) Subject()
    {
        var kind = new Argument<string>("kind") { Description = "What the value is" };
        kind.AcceptOnlyFromAmong(Kinds);
        return (kind, new Argument<string>("value")
        {
            Description = "Id of an origin; ORIGIN/NODEID; a label; a language tag; a size in bytes (larger ones are meant); a word or up to five in quotes; a contentId",
        });
    }

    private static void Write(Output output, PolicyRule rule)
    {
        output.Marked($"[bold]{Output.Mark(rule.Kind)}[/] {Output.Mark(rule.Value)}{(rule.Drop ? " (runs dropped)" : "")}  {Output.Mark(rule.Reason)}");
        output.Marked($"  [grey]{Output.Mark($"{Figures.Minute(rule.AddedAt)} by {rule.AddedBy}")}[/]");
        if (rule.RemovedAt is { } at)
        {
            output.Marked($"  [grey]{Output.Mark($"undone {Figures.Minute(at)} by {rule.RemovedBy} {rule.RemovedReason}")}[/]");
        }
    }
}

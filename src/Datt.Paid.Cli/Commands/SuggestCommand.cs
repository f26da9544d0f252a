using System.CommandLine;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt suggest</c>: words that begin like this.</summary>
internal static class SuggestCommand
{
    public static Command Build(CommandTree tree)
    {
        var text = new Argument<string>("text") { Description = "The beginning of a word" };
        var command = new Command("suggest", "Words of the index that begin like this") { text };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var start = parsed.GetValue(text)!;
            var words = await scope.Client().Search.SuggestAsync(start, ct).ConfigureAwait(false);
            scope.Output.Json(new Suggested(words), CliJson.Shared.Suggested);
            foreach (var word in words)
            {
                scope.Output.Line(word);
            }

            if (words.Count == 0)
            {
                scope.Output.Remark($"Nothing begins with '{start}'. Try fewer letters.");
            }

            return ExitCode.Ok;
        }));
        return command;
    }
}

/// <summary>Suggestions, best first.</summary>
public sealed record Suggested(IReadOnlyList<string> Suggestions);

using System.CommandLine;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt operator servers</c>: what an operator decides about other servers.</summary>
internal static class OperatorServerCommands
{
    public static Command Build(CommandTree tree) => new("servers", "What to do about a server that yours refuses; 'datt network' shows them") { Accept(tree) };

    private static Command Accept(CommandTree tree)
    {
        var id = OperatorFeedCommands.Origin();
        var command = new Command(
            "accept", "Take whoever answers at a refused server's address for the one to be known there, with the key it shows now. Ask its operator first: an address can be stolen") { id };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var accepted = await scope.Account().Network.AcceptAsync(parsed.GetRequiredValue(id), ct).ConfigureAwait(false);
            scope.Output.Json(accepted, CliJson.Shared.AcceptedServer);
            scope.Output.Line(accepted.Id == accepted.Former
                ? $"{Figures.Safe(accepted.Name)} at {Figures.Safe(accepted.Url)} is known by its new key."
                : $"At {Figures.Safe(accepted.Url)} your server knows {Figures.Safe(accepted.Name)}, {accepted.Id}, now. {accepted.Former} is forgotten.");
            return ExitCode.Ok;
        }));
        return command;
    }
}

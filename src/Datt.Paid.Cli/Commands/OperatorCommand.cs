using System.CommandLine;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt operator</c>: what the operator of a server does.</summary>
internal static class OperatorCommand
{
    public static Command Build(CommandTree tree) => new("operator", "Operate a server; needs a key with the scope 'operator'")
    {
        OperatorFeedCommands.Build(tree),
        OperatorPolicyCommands.Build(tree),
        OperatorPeerCommands.Build(tree),
        OperatorServerCommands.Build(tree),
    };
}

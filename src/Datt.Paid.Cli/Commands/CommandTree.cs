using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary>All commands of <c>datt</c>, and how an invocation of one ends.</summary>
public sealed class CommandTree
{
    private const string Description = """
        datt: share a folder, subscribe, search and fetch on a network of rendezvous servers.

        Exit codes: 0 done; 1 failed; 2 wrong usage or input; 3 no key, or not allowed; 4 needs a subscription; 5 not found;
        6 server unreachable or unavailable; 7 a limit is used up; 8 no holder delivered the content; 9 invoice not paid; 130 Ctrl-C.

        Environment: DATT_SERVER, DATT_API_KEY, DATT_CONFIG (default ~/.config/datt/config.json), NO_COLOR.
        """;

    private readonly Surroundings _surroundings;
    private readonly Option<string?> _server = new("--server") { Description = $"Address of the server. Default: the one last used, or {CommandScope.DefaultServer}", Recursive = true, HelpName = "url" };
    private readonly Option<string?> _config = new("--config") { Description = "Configuration file, holds your keys", Recursive = true, HelpName = "file" };
    private readonly Option<bool> _json = new("--json") { Description = "Results as JSON on standard output, a document a line; failures as JSON on standard error", Recursive = true };

    private CommandTree(Surroundings surroundings) => _surroundings = surroundings;

    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Surroundings surroundings, CancellationToken ct = default)
    {
        var tree = new CommandTree(surroundings);
        var parsed = tree.Root().Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
        {
            tree.WrongUsage(parsed);
            return (int)ExitCode.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = surroundings.Out,
            Error = surroundings.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = surroundings.EndWithin,
        }, ct).ConfigureAwait(false);
    }

    /// <summary>Runs a command's body and turns what it throws into a message and an exit code.</summary>
    internal Func<ParseResult, CancellationToken, Task<int>> Body(Func<ParseResult, CommandScope, CancellationToken, Task<ExitCode>> body) =>
        async (parsed, ct) =>
        {
            using var scope = new CommandScope(_surroundings, parsed.GetValue(_json), parsed.GetValue(_server), parsed.GetValue(_config));
            try
            {
                return (int)await body(parsed, scope, ct).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return (int)ExitCode.Interrupted;
            }
            catch (Exception e) when (Expected(e) is { } failure)
            {
                scope.Output.Failure(failure);
                return (int)failure.Exit;
            }
        };

    /// <summary>What can go wrong outside this program; anything else is a fault of it, and shows as one.</summary>
    private static CommandFailure? Expected(Exception e) => e switch
    {
        CommandFailure failure => failure,
        DattException refusal => CommandFailure.Of(refusal),
        DirectoryNotFoundException or FileNotFoundException => new CommandFailure(ExitCode.NotFound, "no_such_file", e.Message),
        IOException or UnauthorizedAccessException => new CommandFailure(ExitCode.Failure, "io", e.Message),
        HttpRequestException => new CommandFailure(ExitCode.Unavailable, DattException.Unreachable, e.Message),
        _ => null,
    };

    private RootCommand Root()
    {
        var root = new RootCommand(Description) { _server, _config, _json };
        root.Add(AccountCommands.Build(this));
        root.Add(SubscribeCommand.Build(this));
        root.Add(PassCommands.Build(this));
        root.Add(ShareCommand.Build(this));
        root.Add(SearchCommand.Build(this));
        root.Add(GetCommand.Build(this));
        root.Add(SuggestCommand.Build(this));
        root.Add(StatusCommand.Build(this));
        root.Add(NetworkCommand.Build(this));
        root.Add(ServersCommand.Build(this));
        root.Add(MoveCommand.Build(this));
        root.Add(FeedsCommand.Build(this));
        root.Add(AuditCommand.Build(this));
        root.Add(OperatorCommand.Build(this));
        root.Add(DemoCommand.Build(this));
        return root;
    }

    private void WrongUsage(ParseResult parsed)
    {
        var output = new Output(_surroundings.Out, _surroundings.Error, parsed.GetValue(_json), _surroundings.IsTerminal);
        var path = string.Join(' ', Path(parsed.CommandResult));
        output.Failure(new CommandFailure(ExitCode.Usage, "usage",
            string.Join(" ", parsed.Errors.Select(e => e.Message)), $"See '{path} --help'."));
    }

    private static IEnumerable<string> Path(System.CommandLine.Parsing.CommandResult? command) =>
        command is null ? [] : Path(command.Parent as System.CommandLine.Parsing.CommandResult)
            .Append(command.Command is RootCommand ? "datt" : command.Command.Name);
}

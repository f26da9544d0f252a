using System.CommandLine;
using Datt.Paid.Cli.Settings;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt share</c>: a node that holds a folder.</summary>
internal static class ShareCommand
{
    private sealed record Options(
        Argument<string> Folder, Option<string> Listen, Option<string[]> PublicUrl, Option<string?> Node, Option<string?> Label,
        Option<bool> Once, Option<long> MaxFileSize, Option<int> MaxFiles, Option<int> Rescan);

    public static Command Build(CommandTree tree)
    {
        var options = new Options(
            new Argument<string>("folder") { Description = "Its text, Markdown and HTML files are announced, and served by this node" },
            new Option<string>("--listen") { Description = "Where this node serves its files: port, host:port, or :port for all addresses. 0 takes a free port", DefaultValueFactory = _ => "127.0.0.1:0", HelpName = "address" },
            new Option<string[]>("--public-url") { Description = "What others call instead, behind a router or proxy", HelpName = "url" },
            new Option<string?>("--node") { Description = "Name of this node: 1 to 64 of A-Z a-z 0-9 . _ -. Default: made up once for each folder" },
            new Option<string?>("--label") { Description = "Topic of all files. Default: what they say, or their folder's name" },
            new Option<bool>("--once") { Description = "Announce and exit; nothing is served" },
            WholeNumber.Option("--max-file-size", "Longer files are left out, bytes", 50L * 1024 * 1024, 1, long.MaxValue),
            WholeNumber.Option("--max-files", "More files are left out", 100_000, 1, 1_000_000),
            WholeNumber.Option("--rescan", "Seconds after which the folder is looked at even when nothing was heard of it", 60, 1, 86_400));
        var command = new Command("share", "Share a folder: announce its files, serve them, and keep up with changes until Ctrl-C")
        {
            options.Folder, options.Listen, options.PublicUrl, options.Node, options.Label, options.Once,
            options.MaxFileSize, options.MaxFiles, options.Rescan,
        };
        command.SetAction(tree.Body((parsed, scope, ct) => RunAsync(options, parsed, scope, ct)));
        return command;
    }

    private static async Task<ExitCode> RunAsync(Options options, ParseResult parsed, CommandScope scope, CancellationToken ct)
    {
        var folder = new SharedFolder(parsed.GetValue(options.Folder)!);
        var share = Read(options, parsed, scope, folder);
        using var progress = new ShareProgress(scope.Output);
        var place = new Place(scope.Server, scope.Account(), share.NodeId);
        if (parsed.GetValue(options.Once))
        {
            var session = Session(place);
            var result = await session.OnceAsync(ct).ConfigureAwait(false);
            session.Tell(new Synced(result.Files, result.Announced, result.Withdrawn, result.Rejected, result.RejectedCount, result.Skipped));
            return result.RejectedCount == 0 ? ExitCode.Ok : ExitCode.Failure;
        }

        for (; ; )
        {
            using var stay = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var moving = MoveWatch.WaitAsync(scope.Config.FullPath, place.Server, scope.Time, stay.Token);
            var running = Session(place).RunAsync(stay.Token);
            await Task.WhenAny(moving, running).ConfigureAwait(false);
            await stay.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
            if (ct.IsCancellationRequested || !moving.IsCompletedSuccessfully)
            {
                return ExitCode.Ok;
            }

            var (to, config) = await moving.ConfigureAwait(false);
            Tell(new Followed(to.AbsoluteUri));
            place = new Place(to, scope.At(to, config.AccountAt(to)?.ApiKey), config.NodeFor(to, folder));
        }

        ShareSession Session(Place at)
        {
            scope.Config.Remember(new SavedShare(at.Server.AbsoluteUri, folder.Root, at.NodeId, share.Label, share.Limits.MaxFileBytes, share.Limits.MaxFiles));
            var ledger = ShareLedger.Open(scope.Config.LedgerPath(at.Server, at.NodeId, folder));
            return new ShareSession(at.Client, at.Server, folder, ledger, share with { NodeId = at.NodeId }, scope.Time) { Progress = progress, Tell = Tell };
        }

        void Tell(ShareEvent told)
        {
            progress.Clear();
            scope.Output.Json(told, CliJson.Shared.ShareEvent);
            Write(scope.Output, told);
        }
    }

    /// <summary>Where a node is at work.</summary>
    private sealed record Place(Uri Server, DattClient Client, string NodeId);

    private static ShareOptions Read(Options options, ParseResult parsed, CommandScope scope, SharedFolder folder)
    {
        var listen = parsed.GetValue(options.Listen)!;
        var node = parsed.GetValue(options.Node);
        if (node is not null && (node.Length is 0 or > 64 || !node.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')))
        {
            throw new CommandFailure(ExitCode.Usage, "invalid_node", $"'{Figures.Safe(node)}' is no name for a node.", "Take 1 to 64 of A-Z a-z 0-9 . _ -");
        }

        var urls = parsed.GetValue(options.PublicUrl) ?? [];
        if (urls.FirstOrDefault(u => !Uri.TryCreate(u, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) is { } wrong)
        {
            throw new CommandFailure(ExitCode.Usage, "invalid_url", $"--public-url '{Figures.Safe(wrong)}' is no address others could call.", "Write it like https://node.example.org");
        }

        return new ShareOptions
        {
            NodeId = node ?? scope.Config.NodeFor(scope.Server, folder),
            Listen = ListenAddress.Parse(listen) ?? throw new CommandFailure(ExitCode.Usage, "invalid_address",
                $"--listen '{Figures.Safe(listen)}' is no address.", "Write a port, host:port with a numeric host, or :port for all addresses."),
            PublicUrls = urls,
            Label = parsed.GetValue(options.Label),
            Limits = new FolderLimits { MaxFileBytes = parsed.GetValue(options.MaxFileSize), MaxFiles = parsed.GetValue(options.MaxFiles) },
            Rescan = TimeSpan.FromSeconds(parsed.GetValue(options.Rescan)),
        };
    }

    private static void Write(Output output, ShareEvent told)
    {
        switch (told)
        {
            case Listening at:
                output.Facts(("Node", at.NodeId), ("Folder", at.Folder), ("Serves at", string.Join(" ", at.Endpoints)), ("Server", at.Server));
                break;
            case Synced { Files: 0, Withdrawn: 0 } empty:
                output.Line($"Nothing to share here{Reasons(empty.Skipped)}. Shared are {string.Join(" ", Extraction.MediaType.Extensions)}");
                break;
            case Synced sync:
                output.Line($"{Figures.Count(sync.Files, "file")} shared: {Figures.Count(sync.Announced)} announced, {Figures.Count(sync.Withdrawn)} withdrawn{Reasons(sync.Skipped)}");
                foreach (var rejected in sync.Rejected)
                {
                    output.Marked($"[red]refused[/] {Output.Mark(rejected.Path ?? rejected.ContentId)}: {Output.Mark(rejected.Detail ?? rejected.Code)}");
                }

                break;
            case ServerLost lost:
                output.Marked($"[yellow]The server does not answer; trying on.[/] [grey]{Output.Mark(lost.Reason)}[/]");
                break;
            case ServerBack:
                output.Marked("[green]The server is back.[/] Announcing everything again.");
                break;
            case Followed followed:
                output.Line($"Moved to {followed.Server}; going on there.");
                break;
            case Left left:
                output.Line($"{left.NodeId} has left. Its records stay; share again to be found online.");
                break;
        }
    }

    private static string Reasons(Skipped skipped) => skipped.Summary() is { Length: > 0 } reasons ? $"; left out: {reasons}" : "";
}

/// <summary>A progress bar on one line of standard error, drawn by hand because passes come and go while the command runs.</summary>
internal sealed class ShareProgress(Output output) : IProgress<SyncProgress>, IDisposable
{
    private const int Width = 30;
    private int _drawn = -1;

    public void Report(SyncProgress value)
    {
        var step = value.Files == 0 ? 0 : (int)(value.Done * 200L / value.Files);
        if (!output.ShowsProgress || value.Files < 2 || step == _drawn)
        {
            return;
        }

        _drawn = step;
        var full = step * Width / 200;
        output.ErrorScreen.Markup($"\r[green]{new string('█', full)}[/][grey]{new string('░', Width - full)}[/] {Figures.Count(value.Done)} of {Figures.Count(value.Files)} files, {Figures.Count(value.Announced)} announced ");
    }

    public void Clear()
    {
        if (_drawn >= 0)
        {
            output.ErrorScreen.Write(new ControlCode("\r\u001b[2K"));
            _drawn = -1;
        }
    }

    public void Dispose() => Clear();
}

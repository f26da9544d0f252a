using System.CommandLine;
using Datt.Paid.Cli.Fetching;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt get</c>: a content, straight from a node that holds it.</summary>
internal static class GetCommand
{
    public static Command Build(CommandTree tree)
    {
        var id = new Argument<string>("contentId") { Description = "sha256:… as 'datt search' shows it" };
        var output = new Option<string?>("--output", "-o") { Description = "File to write, replaced only when the content is whole. Default: standard output", HelpName = "file" };
        var maxSize = new Option<long?>("--max-size") { Description = "Bytes to take at most when no size was announced. Default: 1 GiB" };
        var command = new Command("get", "Fetch a content straight from a node that holds it, and check its hash") { id, output, maxSize };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var contentId = parsed.GetValue(id)!.Trim();
            var target = parsed.GetValue(output) is { } path && path != "-" ? Path.GetFullPath(path) : null;
            Check(scope.Output, contentId, target);
            var entry = await scope.Client().Search.ContentAsync(contentId, ct).ConfigureAwait(false);
            var limits = new DownloadLimits();
            return await FetchAsync(scope, entry with { ContentId = contentId }, target,
                limits with { MaxBytes = parsed.GetValue(maxSize) ?? limits.MaxBytes }, ct).ConfigureAwait(false);
        }));
        return command;
    }

    private static void Check(Output output, string contentId, string? target)
    {
        if (!HolderDownload.IsCheckable(contentId))
        {
            throw new CommandFailure(ExitCode.Usage, "invalid_content_id", $"'{Figures.Safe(contentId)}' is no hash of a content, so nothing could check it.",
                "Write it as sha256: and 64 digits of 0-9 and a-f, as 'datt search' shows it.");
        }

        if (output.IsJson && target is null)
        {
            throw new CommandFailure(ExitCode.Usage, "usage", "With --json the content needs a file of its own.", "Add -o <file>.");
        }

        if (target is not null && Directory.Exists(target))
        {
            throw new CommandFailure(ExitCode.Usage, "usage", $"{target} is a folder.", "Name a file with -o.");
        }
    }

    private static async Task<ExitCode> FetchAsync(
        CommandScope scope, ContentEntry entry, string? target, DownloadLimits limits, CancellationToken ct)
    {
        if (!HolderDownload.Addresses(entry).Any())
        {
            throw new CommandFailure(ExitCode.NotDelivered, "not_delivered",
                $"{Figures.Count(entry.Holders.Count, "node")} announced this content and none can be reached now.", "Try again when one of them is online.");
        }

        using var http = HolderDownload.Http();
        var download = new HolderDownload(http, limits, scope.Time);
        var temporary = target is null ? Path.GetTempFileName() : $"{target}.{Guid.NewGuid():N}.part";
        try
        {
            await using var file = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            var tries = await DownloadAsync(scope.Output, download, entry, file, ct).ConfigureAwait(false);
            if (tries.Count == 0 || tries[^1].Outcome != TryOutcome.Delivered)
            {
                throw NotDelivered(tries);
            }

            await DeliverAsync(scope, file, temporary, target, ct).ConfigureAwait(false);
            scope.Output.Json(new Fetched(entry.ContentId, target!, file.Length, tries[^1].NodeId, tries), CliJson.Shared.Fetched);
            foreach (var failed in tries.SkipLast(1))
            {
                scope.Output.Remark(Sentence(failed));
            }

            scope.Output.Remark($"{Figures.Bytes(file.Length)} from {tries[^1].NodeId}, hash checked{(target is null ? "" : $": {target}")}");
            return ExitCode.Ok;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task DeliverAsync(CommandScope scope, FileStream file, string temporary, string? target, CancellationToken ct)
    {
        await file.FlushAsync(ct).ConfigureAwait(false);
        if (target is not null)
        {
            File.Move(temporary, target, overwrite: true);
            return;
        }

        file.Position = 0;
        await using var standard = scope.RawOutput();
        await file.CopyToAsync(standard, ct).ConfigureAwait(false);
        await standard.FlushAsync(ct).ConfigureAwait(false);
    }

    private static Task<IReadOnlyList<Try>> DownloadAsync(
        Output output, HolderDownload download, ContentEntry entry, FileStream file, CancellationToken ct)
    {
        if (!output.ShowsProgress)
        {
            return download.FetchAsync(entry, file, null, ct);
        }

        return output.ErrorScreen.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Output.Mark(entry.Title.Length > 40 ? entry.Title[..40] : entry.Title), maxValue: entry.Size ?? 1);
                bar.IsIndeterminate = entry.Size is null;
                return await download.FetchAsync(entry, file, new Direct<long>(bytes => bar.Value = bytes), ct).ConfigureAwait(false);
            });
    }

    private static CommandFailure NotDelivered(IReadOnlyList<Try> tries) => new(ExitCode.NotDelivered, "not_delivered",
        $"No holder delivered it. {string.Join(" ", tries.Take(5).Select(Sentence))}", "Try again later, when other holders may be online.");

    private static string Sentence(Try t) => t.Outcome switch
    {
        TryOutcome.Unreachable => $"{t.NodeId} is not reachable at {t.Address}.",
        TryOutcome.Refused => $"{t.NodeId} {t.Detail}.",
        TryOutcome.WrongContent => $"{t.NodeId} sent something else ({t.Detail}).",
        TryOutcome.TooLong => $"{t.NodeId} {t.Detail}.",
        TryOutcome.Stalled => $"{t.NodeId} was {t.Detail}.",
        _ => $"{t.NodeId} delivered.",
    };
}

/// <summary>A content that was fetched.</summary>
/// <param name="ContentId">Its hash was checked.</param>
/// <param name="File">Where it is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="NodeId">Who delivered.</param>
/// <param name="Tries">All tries, the last one successful.</param>
public sealed record Fetched(string ContentId, string File, long Size, string NodeId, IReadOnlyList<Try> Tries);

/// <summary>Reports at once and in order, where <see cref="Progress{T}"/> hands over to other threads.</summary>
public sealed class Direct<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

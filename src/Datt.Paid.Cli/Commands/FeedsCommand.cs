using System.CommandLine;
using System.Globalization;
using Datt.Paid.Cli.Feeds;
using Datt.Paid.Cli.Network;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt feeds</c>: the index feeds that a server has, and how far it is behind.</summary>
internal static class FeedsCommand
{
    private const int LongestName = 32;

    public static Command Build(CommandTree tree)
    {
        var url = new Argument<string?>("url") { Description = "Address of the server. Default: the server in use", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("feeds", """
            Show the index feeds that a server has: whose records, how many, how new. Servers with the same digest agree on all of them.

            With an operator's key also how far it is behind, what is being downloaded, and how much each other server gave and took.
            """)
        { url };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var server = parsed.GetValue(url) is { } named ? CommandScope.ReadAddress(named, "the command line") : scope.Server;
            var key = scope.KeyAt(server);
            var feeds = await new FeedReading(scope.At(server, key), key is not null).RunAsync(server, ct).ConfigureAwait(false);
            scope.Output.Json(feeds, CliJson.Shared.FeedsShown);
            Write(scope.Output, feeds);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static void Write(Output output, FeedsShown feeds)
    {
        if (output.IsJson)
        {
            return;
        }

        if (feeds.Feeds.Count == 0)
        {
            output.Line("This server has no feed yet: nobody announced anything here, and it knows no other server that has records.");
            output.Line("Announce something with 'datt share <folder>', or have its operator name another server with Datt:Bootstrap.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        string[] headings = ["Origin", "Id", "Epoch", "Version", "Records", "Runs", "Bytes", .. feeds.Report is null ? Array.Empty<string>() : ["Behind"], "Marks"];
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(heading) { NoWrap = true, Alignment = heading is "Origin" or "Id" or "Marks" ? Justify.Left : Justify.Right });
        }

        foreach (var feed in feeds.Feeds)
        {
            string[] cells =
            [
                NetworkTexts.Short(feed.Name ?? "(no card)", LongestName), feed.Origin[..Math.Min(8, feed.Origin.Length)], feed.Epoch.ToString(CultureInfo.InvariantCulture), Figures.Count(feed.Version),
                feed.Records is { } records ? Figures.Count(records) : "?", feed.Runs is { } runs ? Figures.Count(runs) : "?", feed.Bytes is { } bytes ? Figures.Bytes(bytes) : "?",
                .. feeds.Report is null ? Array.Empty<string>() : [Behind(feed)], Marks(feed),
            ];
            table.AddRow([.. cells.Select(Output.Mark)]);
        }

        output.Screen.Write(table);
        output.Line($"{Figures.Count(feeds.Feeds.Sum(f => f.Conflict ? 0 : f.Records ?? 0), "record")} of {Figures.Count(feeds.Feeds.Count, "origin")}{(feeds.Complete ? "" : ", and more that were not read")}");
        output.Line($"Digest {feeds.Digest}");
        if (feeds.Feeds.Any(f => f.Conflict))
        {
            output.Line("Conflict: the origin signed two histories that cannot both be true. Its records are hidden until it starts a new epoch.");
        }

        if (feeds.Report is { } report)
        {
            Write(output, report);
        }
    }

    private static void Write(Output output, FeedReport report)
    {
        output.Facts(
            ("From others", $"{Figures.Bytes(report.VerifiedBytes)} right, {Figures.Bytes(report.RefusedBytes)} refused"),
            ("Runs fetched", Figures.Bytes(report.FetchedBytes)),
            ("Merged here instead", Figures.Bytes(report.MergedBytes)));
        foreach (var (feed, run) in report.Feeds.SelectMany(f => f.Downloads.Select(run => (f, run))))
        {
            output.Line($"Fetching of {NetworkTexts.Short(feed.Name ?? feed.Origin, LongestName)}: {Figures.Bytes(run.Held)} of {Figures.Bytes(run.Bytes)}");
        }

        foreach (var peer in report.Peers)
        {
            output.Line($"{NetworkTexts.Short(peer.Name ?? peer.Server, 60)}: got {Figures.Bytes(peer.Received)} from it, gave it {Figures.Bytes(peer.Served)}"
                + (peer.Refused == 0 ? "" : $", refused {Figures.Bytes(peer.Refused)}"));
        }
    }

    private static string Behind(FeedShown feed) => feed switch
    {
        { Own: true } or { LagSeconds: null } => "",
        { LagSeconds: 0, LagRecords: 0 or null } => "no",
        _ => string.Create(CultureInfo.InvariantCulture, $"{feed.LagSeconds:0.#} s, {Figures.Count(feed.LagRecords ?? 0, "record")}"),
    };

    private static string Marks(FeedShown feed)
    {
        var marks = new List<string>();
        if (feed.Own)
        {
            marks.Add("own");
        }

        if (feed.Conflict)
        {
            marks.Add("CONFLICT");
        }

        if (feed.Signed == false)
        {
            marks.Add("signature of another key");
        }

        if (feed.Blocked == true)
        {
            marks.Add("blocked");
        }

        if (feed.Problem is { } problem)
        {
            marks.Add(NetworkTexts.Short(problem, 80));
        }

        return string.Join(", ", marks);
    }
}

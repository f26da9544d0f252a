using System.CommandLine;
using System.Globalization;
using System.Net;
using Datt.Paid.Cli.Extraction;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt search</c>.</summary>
internal static class SearchCommand
{
    private const int PageOfAll = 100;

    public static Command Build(CommandTree tree)
    {
        var query = new Argument<string[]>("query") { Description = "Words, \"a phrase\", OR, -not, word*, title:word. In quotes of the shell when it has any of these", Arity = ArgumentArity.OneOrMore };
        var limit = WholeNumber.Option("--limit", "Hits to show, 1 to 100; --all shows everything", 10, 1, 100, "-n");
        var all = new Option<bool>("--all") { Description = "All hits, page by page" };
        var live = new Option<bool>("--live") { Description = "New hits as they are announced, until Ctrl-C" };
        var sort = new Option<string?>("--sort") { Description = "relevance or recent" };
        sort.AcceptOnlyFromAmong("relevance", "recent");
        var match = new Option<string?>("--match") { Description = "'all' leaves out hits that match only some of the words" };
        match.AcceptOnlyFromAmong("all");
        var label = Text("--label", "Only this topic");
        var tag = Text("--tag", "Only with this tag");
        var author = Text("--author", "Only by this author");
        var type = Text("--type", "Only this MIME type");
        var language = Text("--language", "Only this language");
        var since = Date("--since", "Published on this day or later");
        var until = Date("--until", "Published on this day or earlier");
        var budget = new Option<int?>("--budget") { Description = "Milliseconds the server may take" };
        var pass = Text("--pass", "A pass in the place of a key, as token:preimage; 'datt pass buy' sells one");
        pass.HelpName = "pass";
        var command = new Command("search", "Search everything the server knows of the network")
        {
            query, limit, all, live, sort, match, label, tag, author, type, language, since, until, budget, pass,
        };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var search = new SearchQuery(string.Join(' ', parsed.GetValue(query)!))
            {
                Limit = parsed.GetValue(all) ? PageOfAll : parsed.GetValue(limit),
                Sort = parsed.GetValue(sort),
                Match = parsed.GetValue(match),
                Label = parsed.GetValue(label),
                Tag = parsed.GetValue(tag),
                Author = parsed.GetValue(author),
                Type = parsed.GetValue(type),
                Language = parsed.GetValue(language),
                Since = parsed.GetValue(since),
                Until = parsed.GetValue(until) is { } day ? day.AddDays(1).AddMilliseconds(-1) : null,
                BudgetMs = parsed.GetValue(budget),
            };
            var client = (parsed.GetValue(pass) is { } shown ? scope.WithPass(PassCommands.Checked(shown)) : scope.Client()).Search;
            await (parsed.GetValue(live) ? LiveAsync(scope.Output, client, search with { Limit = null }, ct)
                : parsed.GetValue(all) ? AllAsync(scope.Output, client, search, ct)
                : PageAsync(scope.Output, client, search, ct)).ConfigureAwait(false);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static async Task PageAsync(Output output, SearchClient client, SearchQuery query, CancellationToken ct)
    {
        var page = await client.PageAsync(query, null, ct).ConfigureAwait(false);
        output.Json(page, CliJson.Shared.SearchPage);
        var number = 0;
        foreach (var hit in page.Hits)
        {
            Write(output, ++number, hit);
        }

        output.Line(Summary(page, number));
        if (number == 0)
        {
            output.Line("Try other or fewer words, a beginning like 'word*', or fewer filters.");
        }
    }

    private static async Task AllAsync(Output output, SearchClient client, SearchQuery query, CancellationToken ct)
    {
        var number = 0;
        SearchPage? first = null;
        await foreach (var page in client.PagesAsync(query, ct).ConfigureAwait(false))
        {
            first ??= page;
            foreach (var hit in page.Hits)
            {
                output.Json(hit, CliJson.Shared.SearchHit);
                Write(output, ++number, hit);
            }
        }

        output.Line(Summary(first!, number));
    }

    private static async Task LiveAsync(Output output, SearchClient client, SearchQuery query, CancellationToken ct)
    {
        output.Remark("Waiting for new matches; Ctrl-C ends.");
        var number = 0;
        await foreach (var hit in client.LiveAsync(query, ct).ConfigureAwait(false))
        {
            output.Json(hit, CliJson.Shared.SearchHit);
            Write(output, ++number, hit);
        }
    }

    /// <summary>A hit in three lines; its id stands alone on one, to be copied.</summary>
    public static void Write(Output output, int number, SearchHit hit)
    {
        string?[] facts =
        [
            hit.Label, hit.Author, hit.Type, hit.Size is { } size ? Figures.Bytes(size) : null,
            hit.PublishedAt is { } date ? Figures.Day(date) : null, Held(hit.Holders),
        ];
        output.Marked($"[bold]{number,3}  {Output.Mark(hit.Title)}[/]  [grey]{Output.Mark(string.Join(" · ", facts.OfType<string>()))}[/]");
        if (Emphasized(hit.Highlight) is { Length: > 0 } highlight)
        {
            output.Marked($"     {highlight}");
        }

        output.Marked($"     [grey]{Output.Mark(hit.ContentId)}[/]");
    }

    private static string Held(IReadOnlyList<Holder> holders)
    {
        var online = holders.Count(h => h.Online == true);
        return holders.Count == 1 ? (online == 1 ? "1 holder, online" : "1 holder") : $"{holders.Count} holders, {online} online";
    }

    private static string Summary(SearchPage page, int shown)
    {
        var about = page.Total.Relation == "eq" ? "" : "at least ";
        var of = shown == 0 ? "Nothing found" : $"{shown} of {about}{Figures.Count(page.Total.Value, "hit")}";
        var took = page.TookMs.ToString("0.#", CultureInfo.InvariantCulture);
        return $"{of}, {took} ms{(page.Partial ? ", stopped by the time budget" : "")}{(page.Relaxed ? "; some match only some of the words" : "")}";
    }

    /// <summary>The server's HTML as marks of the terminal; nothing else in it is obeyed.</summary>
    private static string Emphasized(string? html)
    {
        var line = Utf8Text.Line(html, 2_000) ?? "";
        var parts = line.Split("<em>").Select(part => part.Split("</em>", 2)).ToList();
        return string.Concat(parts.Select(part => part.Length == 1
            ? Text(part[0])
            : $"[yellow]{Text(part[0])}[/]{Text(part[1])}"));
        static string Text(string part) => Output.Mark(WebUtility.HtmlDecode(part.Replace("</em>", "", StringComparison.Ordinal)));
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private static Option<DateTimeOffset?> Date(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "yyyy-mm-dd",
        CustomParser = result =>
        {
            if (DateTimeOffset.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day))
            {
                return day;
            }

            result.AddError($"{name} takes a day as yyyy-mm-dd, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };
}

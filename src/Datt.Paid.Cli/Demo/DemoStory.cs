using System.Globalization;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Demo;

/// <summary>One thing that happened in the demonstration.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Name">What it is called by programs.</param>
/// <param name="Text">What happened.</param>
/// <param name="Command">How one does it oneself.</param>
/// <param name="Facts">What came of it.</param>
public sealed record DemoStep(int Step, string Name, string Text, string? Command, IReadOnlyDictionary<string, string> Facts);

/// <summary>The whole story: a server, a node that shares, a node that pays, searches and fetches, and then holds a copy itself.</summary>
internal sealed class DemoStory(Uri server, string directory, TimeProvider time, Action<DemoStep> tell)
{
    private const string Query = "paris";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private int _step;

    public async Task PlayAsync(CancellationToken ct)
    {
        await using var anna = await DemoNode.JoinAsync("anna", Path.Combine(directory, "anna"), server, time, ct).ConfigureAwait(false);
        await using var ben = await DemoNode.JoinAsync("ben", Path.Combine(directory, "ben"), server, time, ct).ConfigureAwait(false);
        var files = await ShareAsync(anna, ct).ConfigureAwait(false);
        await RefusedAsync(ben, ct).ConfigureAwait(false);
        await SubscribeAsync(ben, ct).ConfigureAwait(false);
        var hit = await SearchAsync(ben, files, ct).ConfigureAwait(false);
        await FetchAsync(ben, hit, ct).ConfigureAwait(false);
        await HoldAsync(ben, hit, ct).ConfigureAwait(false);
        await LoseAsync(anna, ben, hit, ct).ConfigureAwait(false);
    }

    private async Task<int> ShareAsync(DemoNode anna, CancellationToken ct)
    {
        await DemoTexts.WriteAsync(anna.Folder, ct).ConfigureAwait(false);
        var (listening, synced) = await anna.ShareAsync(ct).ConfigureAwait(false);
        Tell("share", $"Anna shares a folder with {synced.Files} texts. Her node serves them itself; the server only learns what there is. This is free.",
            "datt share ./anna", ("announced", Number(synced.Announced)), ("servesAt", string.Join(" ", listening.Endpoints)));
        return synced.Files;
    }

    private async Task RefusedAsync(DemoNode ben, CancellationToken ct)
    {
        try
        {
            await ben.Client.Search.PageAsync(new SearchQuery(Query), null, ct).ConfigureAwait(false);
        }
        catch (DattException e) when (e.Code == "payment_required")
        {
            Tell("refused", $"Ben searches for '{Query}' and is told the price first.", $"datt search {Query}",
                ("price", $"{e.Problem?.Price}"), ("records", Number(e.Problem?.Coverage?.Records ?? 0)));
            return;
        }

        throw new CommandFailure(ExitCode.Failure, "demo", "The server answered a search that was not paid for.");
    }

    private async Task SubscribeAsync(DemoNode ben, CancellationToken ct)
    {
        var invoice = await ben.Client.Subscription.OrderAsync(new NewInvoice(1), ct).ConfigureAwait(false);
        await ben.Client.Subscription.PaySandboxAsync(invoice.Id, null, ct).ConfigureAwait(false);
        await foreach (var now in ben.Client.Subscription.WatchAsync(invoice.Id, Look, ct).ConfigureAwait(false))
        {
            invoice = now;
        }

        var account = await ben.Client.Accounts.ShowAsync(ct).ConfigureAwait(false);
        Tell("subscribe", "Ben buys a month and pays with play money. His access begins by itself.", "datt subscribe --months 1 --pay-sandbox",
            ("invoice", invoice.Status), ("amount", $"{invoice.Amount}"), ("sats", Number(invoice.PaidSats ?? 0)),
            ("subscription", account.Subscription.State), ("paidUntil", account.Subscription.PaidUntil is { } end ? Figures.Minute(end) : ""));
    }

    private async Task<SearchHit> SearchAsync(DemoNode ben, int files, CancellationToken ct)
    {
        SearchPage? page = null;
        await UntilAsync($"'{Query}' is found", async () =>
        {
            page = await ben.Client.Search.PageAsync(new SearchQuery(Query) { Match = "all" }, null, ct).ConfigureAwait(false);
            return page.Hits.Count > 0;
        }, ct).ConfigureAwait(false);
        var best = page!.Hits[0];
        Tell("search", $"Now the search runs, over all {files} texts, in milliseconds and without asking a single node.", $"datt search {Query}",
            ("hits", Number(page.Total.Value)), ("tookMs", page.TookMs.ToString("0.##", CultureInfo.InvariantCulture)),
            ("title", best.Title), ("contentId", best.ContentId), ("holder", string.Join(" ", best.Holders.Select(h => h.NodeId))));
        return best;
    }

    private async Task FetchAsync(DemoNode ben, SearchHit hit, CancellationToken ct)
    {
        var fetched = await ben.FetchAsync(hit.ContentId, "paris.md", ct).ConfigureAwait(false);
        var text = await File.ReadAllLinesAsync(fetched.File, ct).ConfigureAwait(false);
        Tell("get", "Ben fetches the text straight from Anna's node. The server never had it. The hash is checked.",
            $"datt get {hit.ContentId} -o paris.md", ("from", fetched.NodeId), ("bytes", Number(fetched.Size)),
            ("passage", text.FirstOrDefault(l => l.Contains("Paris", StringComparison.Ordinal) && l.Length > 80) ?? text[0]));
    }

    private async Task HoldAsync(DemoNode ben, SearchHit hit, CancellationToken ct)
    {
        await ben.ShareAsync(ct).ConfigureAwait(false);
        ContentEntry? entry = null;
        await UntilAsync("the text has two holders", async () =>
        {
            entry = await ben.Client.Search.ContentAsync(hit.ContentId, ct).ConfigureAwait(false);
            return entry.Holders.Count(h => h.Online == true) == 2;
        }, ct).ConfigureAwait(false);
        Tell("hold", "Ben shares what he fetched. It is one content with two holders now.", "datt share ./ben",
            ("holders", string.Join(" ", entry!.Holders.Select(h => h.NodeId))));
    }

    private async Task LoseAsync(DemoNode anna, DemoNode ben, SearchHit hit, CancellationToken ct)
    {
        await anna.LeaveAsync().ConfigureAwait(false);
        await UntilAsync("Anna is gone", async () =>
        {
            var entry = await ben.Client.Search.ContentAsync(hit.ContentId, ct).ConfigureAwait(false);
            return entry.Holders.Count(h => h.Online == true) == 1;
        }, ct).ConfigureAwait(false);
        var again = await ben.FetchAsync(hit.ContentId, ".again", ct).ConfigureAwait(false);
        Tell("survive", "Anna's node leaves. The text is still there, from Ben.", $"datt get {hit.ContentId}", ("from", again.NodeId), ("bytes", Number(again.Size)));
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (!await holds().ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                throw new CommandFailure(ExitCode.Failure, "demo", $"Waited {Patience.TotalSeconds:0} s in vain until {what}.");
            }

            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }
    }

    private void Tell(string name, string text, string command, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        var table = new Dictionary<string, string>();
        foreach (var (key, value) in facts)
        {
            table[key] = value;
        }

        tell(new DemoStep(++_step, name, text, command, table));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;
using Datt.Paid.Catalog;
using Datt.Paid.Fuzz;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;
using Datt.Paid.Server.Tests.Campaigns.Fuzz;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Server.Tests.Campaigns.Decoders;

/// <summary>Any text as a query, and any text as a cursor, into a real engine over a real catalog.</summary>
[Collection(CampaignCollection.Name)]
public sealed class QueryCampaign(ITestOutputHelper output)
{
    private const int Contents = 200;
    private const int MostQuery = 3_000;
    private const long MostAllocated = 64L << 20;

    [Fact]
    public async Task NoTextBreaksTheSearch()
    {
        var ct = TestContext.Current.CancellationToken;
        var run = new CampaignRun(output, "queries");
        using var folder = new DataFolder(run);
        using var key = ServerKey.Create();
        await using var catalog = await ContentCatalog.OpenAsync(
            new CatalogSettings { Directory = folder.Data }, key, TimeProvider.System, NullLogger<ContentCatalog>.Instance, ct);
        await using var engine = SearchEngine.Open(
            new SearchSettings { Directory = Path.Combine(folder.Data, "index") }, catalog, new byte[32], TimeProvider.System, NullLogger<SearchEngine>.Instance);
        var outcome = Assert.IsType<AppendOutcome.Appended>(await catalog.AppendAsync(Announcements(), ct));
        await engine.WaitUntilSearchableAsync(outcome.LastPosition, ct);
        var first = Assert.IsType<SearchOutcome.Found>(await engine.SearchAsync(new SearchRequest { Query = "paris", Limit = 1 }, ct)).Page;
        var cursors = new ByteMutator([Encoding.ASCII.GetBytes(first.Next!)]);

        var random = CampaignRun.RandomFor(0);
        var found = 0;
        for (var i = 0; i < CampaignRun.Inputs; i++)
        {
            if (i % 4 == 0)
                await TryCursorAsync(engine, Encoding.Latin1.GetString(cursors.Next(random)), first.Next!, ct);
            else
                found += await TryQueryAsync(engine, Query(random), random, ct) ? 1 : 0;
        }
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{CampaignRun.Inputs} inputs, {found} queries understood, no exception, all within their bounds"));
        folder.Passed();
    }

    private static List<Announcement> Announcements()
    {
        List<Announcement> batch = [];
        var random = new Random(1);
        for (var i = 0; i < Contents; i++)
        {
            var draft = new RecordDraft
            {
                ContentId = $"q:{i}",
                Title = $"Paris guide {i}",
                Summary = "The café in \u6771\u4eac and caf\u00e9 again. " + Oddities.Query(random).Replace('\0', ' '),
                Label = "travel",
                Tags = ["city"],
                Author = "ann",
                Language = i % 2 == 0 ? "en" : null,
            };
            Assert.True(RecordVerifier.Announce("node", draft, DateTimeOffset.UnixEpoch, out var announcement, out var problem), problem?.Detail);
            batch.Add(announcement);
        }
        return batch;
    }

    /// <summary>Parts of the language, with single characters changed to any, lone surrogates included.</summary>
    private static string Query(Random random)
    {
        var text = new StringBuilder(random.Next(10) == 0 ? Oddities.String(random) : Oddities.Query(random));
        for (var changes = random.Next(3) == 0 ? random.Next(1, 5) : 0; changes > 0 && text.Length > 0; changes--)
            text[random.Next(text.Length)] = random.Next(2) == 0 ? (char)random.Next(0x10000) : "\"()-*:| \\"[random.Next(9)];
        return text.Length > MostQuery ? text.ToString(0, MostQuery) : text.ToString();
    }

    private static async Task<bool> TryQueryAsync(SearchEngine engine, string query, Random random, CancellationToken ct)
    {
        var request = new SearchRequest { Query = query, Limit = random.Next(1, 20), Sort = (SearchSort)random.Next(2) };
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var outcome = await engine.SearchAsync(request, ct);
            _ = engine.Suggest(query, 5);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated, "too much memory");
            if (outcome is SearchOutcome.InvalidQuery wrong)
                Assert.InRange(wrong.Position, 0, query.Length);
            else
                Assert.IsType<SearchOutcome.Found>(outcome);
            return outcome is SearchOutcome.Found;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"the query (UTF-16, base64) {Convert.ToBase64String(Encoding.Unicode.GetBytes(query))} fails: {query}", e);
        }
    }

    /// <summary>Only the cursor that was given is good.</summary>
    private static async Task TryCursorAsync(SearchEngine engine, string cursor, string given, CancellationToken ct)
    {
        try
        {
            var outcome = await engine.SearchAsync(new SearchRequest { Query = "paris", Limit = 1, Cursor = cursor }, ct);
            if (cursor == given)
                Assert.True(outcome is SearchOutcome.Found or SearchOutcome.CursorExpired, $"{outcome}");
            else
                Assert.IsType<SearchOutcome.InvalidCursor>(outcome);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"the cursor (base64) {Convert.ToBase64String(Encoding.Latin1.GetBytes(cursor))} fails", e);
        }
    }
}

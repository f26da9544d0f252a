using System.Globalization;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Storage;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>
/// Invoices paid at addresses of a real node through everything that a chain does: late blocks, replacements, double spends, blocks that are taken back with
/// what they held, a node that is away, a server that restarts. At the end the books agree with the wallet to the last satoshi. The full form, 1,000 invoices:
/// <c>DATT_CAMPAIGN=full tests/Datt.Paid.Regtest/bin/Debug/net10.0/Datt.Paid.Regtest -class "*NodeCampaign"</c>
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class NodeCampaign(ITestOutputHelper output)
{
    private const int Accounts = 40;
    private static readonly TimeSpan Checkpoint = TimeSpan.FromDays(9);
    private static readonly TimeSpan Length = TimeSpan.FromDays(65);

    [Fact]
    public async Task The_books_are_what_the_wallet_received()
    {
        var run = new CampaignRun(output, "money at a node");
        var totals = new Trouble(new Random(0));
        for (var round = 0; round < (CampaignRun.Full ? 10 : 1); round++)
        {
            var random = CampaignRun.RandomFor(2000 + round);
            var side = await CoreSide.StartAsync(MoneyScene.Start, CampaignRun.RandomFor(3000 + round));
            await using var scene = await MoneyScene.StartAsync(side, side.Settings);
            await PlayAsync(run, scene, side, Stories(CampaignRun.Full ? 100 : 60, random), random);
            foreach (var (what, times) in side.Trouble.Counts)
                totals.Count(what, times);
        }
        run.Say(totals.ToString());
    }

    /// <summary>The first have every act once, at the size at which a payment is booked before the chain takes it back.</summary>
    private static List<Story> Stories(int count, Random random) =>
    [
        .. Story.Draw(Story.OfNode, count, Accounts, random.Next()).Select((s, n) => n < Story.OfNode.Count ? s with { Act = Story.OfNode[n], Size = 4 } : s),
    ];

    private static async Task PlayAsync(CampaignRun run, MoneyScene scene, CoreSide side, IReadOnlyList<Story> stories, Random random)
    {
        for (var i = 0; i < Accounts; i++)
            await scene.NewBuyerAsync();
        var agenda = new Agenda(scene);
        foreach (var (story, number) in stories.Select((s, n) => (s, n)))
            agenda.Add(new Buyer(scene, story, number).LiveAsync(), TimeSpan.FromMinutes(story.Begin));
        foreach (var part in new World(scene, random).PartsOfNode())
            agenda.Add(part, TimeSpan.Zero);
        await agenda.PlayAsync(Length, Checkpoint, () => AgreeAsync(scene, side, all: true));
        // A day later everything that can still be paid has been due to be read again.
        await scene.AdvanceAsync(TimeSpan.FromHours(25));
        var books = await AgreeAsync(scene, side, all: false);
        var undone = books.Ledger.Where(l => l.Key.StartsWith("undone:", StringComparison.Ordinal)).ToList();
        Assert.True(undone.Any(l => l.Units < 0), "no payment was booked and then taken back by the chain: the campaign did not test what it is for");
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"{books.Invoices.Count} invoices of {scene.Buyers.Count} accounts ({string.Join(", ", books.Invoices.CountBy(i => i.Status).OrderBy(c => c.Key).Select(c => $"{c.Value} {c.Key}"))}), {books.Payments.Count} payments of {side.Coins()} sats, {undone.Count(l => l.Units < 0)} booked back, {undone.Count(l => l.Units > 0)} of them booked again, {books.Ledger.Count} ledger entries, {books.Periods.Count} periods, {books.Ledger.Count(l => l.Kind == LedgerKind.Charge && l.InvoiceId is null)} renewals: all agree"));
    }

    /// <summary>After a block, one reconciliation with nothing failing, and one renewal, every oracle is content and the wallet has what the books say.</summary>
    private static async Task<Books> AgreeAsync(MoneyScene scene, CoreSide side, bool all)
    {
        await scene.CalmAsync();
        side.Mine();
        await scene.ReconcileAsync(all);
        await scene.RenewAsync();
        var books = await Books.OfAsync(scene);
        PaymentOracle.Check(scene, books);
        new LedgerOracle(scene, books).Check();
        await new AccessOracle(scene, books).CheckAsync();
        var booked = books.Ledger.Where(l => l.Kind == LedgerKind.Payment || l.Key.StartsWith("undone:", StringComparison.Ordinal)).Sum(l => l.Units);
        Assert.Equal(side.Coins() * 100_000_000L, booked);
        return books;
    }
}

using System.Globalization;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Storage;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>
/// Invoices of many accounts through a random mix of all that can happen to them, while deliveries are lost, doubled, late and forged, both
/// servers stop and start, and people change their minds. At the end, and now and then on the way, the books agree with the payment side.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class MoneyCampaign(ITestOutputHelper output)
{
    private const int InvoicesOfAScene = 150;
    private const int AccountsOfAScene = 90;
    private static readonly TimeSpan Checkpoint = TimeSpan.FromDays(9);
    private static readonly TimeSpan Length = TimeSpan.FromDays(80);

    [Fact]
    public async Task Not_a_satoshi_goes_astray()
    {
        var run = new CampaignRun(output, "money");
        var totals = new Trouble(new Random(0));
        for (var round = 0; round < (CampaignRun.Full ? 7 : 1); round++)
        {
            var random = CampaignRun.RandomFor(round);
            var side = await BtcPaySide.StartAsync(MoneyScene.Start, CampaignRun.RandomFor(1000 + round));
            await using var scene = await MoneyScene.StartAsync(side);
            await PlayAsync(run, scene, Story.Draw(Story.OfStore, InvoicesOfAScene, AccountsOfAScene, random.Next()), random);
            foreach (var (what, times) in side.Trouble.Counts)
                totals.Count(what, times);
            foreach (var status in new[] { 200, 401, 503 })
                totals.Count($"answer {status}", scene.Meter.Of(status));
        }
        run.Say(totals.ToString());
    }

    private static async Task PlayAsync(CampaignRun run, MoneyScene scene, IReadOnlyList<Story> stories, Random random)
    {
        for (var i = 0; i < AccountsOfAScene; i++)
            await scene.NewBuyerAsync();
        var agenda = new Agenda(scene);
        foreach (var (story, number) in stories.Select((s, n) => (s, n)))
            agenda.Add(new Buyer(scene, story, number).LiveAsync(), TimeSpan.FromMinutes(story.Begin));
        foreach (var part in new World(scene, random).Parts())
            agenda.Add(part, TimeSpan.Zero);
        await agenda.PlayAsync(Length, Checkpoint, () => AgreeAsync(scene, all: true));
        // A day later everything that can still be paid has been due to be read again.
        await scene.AdvanceAsync(TimeSpan.FromHours(25));
        var books = await AgreeAsync(scene, all: false);
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"{books.Invoices.Count} invoices of {scene.Buyers.Count} accounts ({string.Join(", ", books.Invoices.CountBy(i => i.Status).OrderBy(c => c.Key).Select(c => $"{c.Value} {c.Key}"))}), {books.Payments.Count} payments ({books.Payments.Count(p => p.Settled)} settled, {scene.Undone.Count} of them undone later), {books.Ledger.Count} ledger entries, {books.Periods.Count} periods, {books.Ledger.Count(l => l.Kind == LedgerKind.Charge && l.InvoiceId is null)} renewals, {books.Refunds.Count} refunds: all agree"));
    }

    /// <summary>After one reconciliation with nothing failing, and one renewal, every oracle is content.</summary>
    private static async Task<Books> AgreeAsync(MoneyScene scene, bool all)
    {
        await scene.CalmAsync();
        await scene.ReconcileAsync(all);
        await scene.RenewAsync();
        var books = await Books.OfAsync(scene);
        PaymentOracle.Check(scene, books);
        new LedgerOracle(scene, books).Check();
        await new AccessOracle(scene, books).CheckAsync();
        return books;
    }
}

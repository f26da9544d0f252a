using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>No access without a charge, no charge without access; and what the server says and does about it over HTTP.</summary>
internal sealed class AccessOracle(MoneyScene scene, Books books)
{
    public async Task CheckAsync()
    {
        foreach (var account in books.Accounts)
        {
            var periods = books.Periods.Where(p => p.AccountId == account.Id).ToList();
            CheckCharged(account.Id, [.. periods.Where(p => !p.Provisional)]);
            CheckProvisional(account, [.. periods.Where(p => p.Provisional)]);
            CheckRenewed(account, [.. periods.Where(p => !p.Provisional)]);
        }
        await scene.Get<EntitlementTable>().CatchUpAsync(CancellationToken.None);
        foreach (var buyer in scene.Buyers)
            await CheckFaceAsync(buyer, [.. books.Periods.Where(p => p.AccountId == buyer.AccountId)]);
    }

    private void CheckCharged(string account, List<Period> periods)
    {
        var charges = books.Ledger.Where(l => l.AccountId == account && l.Kind == LedgerKind.Charge).ToLookup(Begin);
        var takebacks = books.Ledger.Where(l => l.AccountId == account && l.Key.StartsWith("takeback:", StringComparison.Ordinal)).ToLookup(Begin);
        foreach (var period in periods)
        {
            var begin = period.From.ToUnixTimeMilliseconds();
            Assert.Equal(takebacks[begin].Count() + (period.EndedEarly ? 0 : 1), charges[begin].Count());
            Assert.Equal(-charges[begin].Last().Units, period.ChargedUnits);
            Assert.True(period.ChargedUnits > 0, $"{account}: the period from {period.From:O} was not paid for");
            if (!period.EndedEarly)
                Assert.Equal(period.SeriesStart.AddMonths(period.SeriesMonths), period.To);
        }
        foreach (var begin in charges.Where(c => periods.TrueForAll(p => p.From.ToUnixTimeMilliseconds() != c.Key)))
            Assert.Equal(begin.Count(), takebacks[begin.Key].Count());
        for (var i = 1; i < periods.Count; i++)
            Assert.True(periods[i - 1].To <= periods[i].From, $"{account}: two periods for one time, {periods[i - 1].To:O} and {periods[i].From:O}");
    }

    /// <summary>One at most, none after one was lost, each for an invoice whose payment is on its way in full and small enough.</summary>
    private void CheckProvisional(Account account, List<Period> provisional)
    {
        Assert.True(provisional.Count <= 1, $"{account.Id} has {provisional.Count} provisional periods");
        foreach (var period in provisional)
        {
            var invoice = books.Invoices.Single(i => i.Id == period.InvoiceId);
            var coming = books.Payments.Where(p => p.InvoiceId == invoice.ProviderId).ToList();
            Assert.Equal(InvoiceStatus.Processing, invoice.Status);
            Assert.False(account.ProvisionalLost);
            Assert.True(coming.Exists(p => !p.Settled) && coming.Sum(p => p.Sats) >= invoice.TotalSats && invoice.TotalSats <= 12_000, $"{invoice.Id} opened access too early");
        }
    }

    /// <summary>The renewal has run: who could be renewed has been.</summary>
    private void CheckRenewed(Account account, List<Period> periods)
    {
        if (periods.MaxBy(p => p.To) is not { EndedEarly: false } last || !account.AutoRenew || last.To > books.Now || last.To.AddDays(3) <= books.Now)
            return;
        var balance = books.Ledger.Where(l => l.AccountId == account.Id).Sum(l => l.Units);
        Assert.True(balance < books.PublishedBy(last.To.AddDays(-7)), $"{account.Id} has {balance} and was not renewed at {last.To:O}");
    }

    private async Task CheckFaceAsync(Customer buyer, List<Period> periods)
    {
        var now = books.Now;
        var last = periods.Where(p => !p.Provisional).MaxBy(p => p.To);
        var state = periods.Exists(p => p.From <= now && now < p.To) ? "active"
            : last is null || now < last.To ? "none"
            : !last.EndedEarly && now < last.To.AddDays(3) ? "grace" : "expired";
        var account = await buyer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account");
        Assert.Equal(state, account.GetProperty("subscription").GetProperty("state").GetString());
        var balance = decimal.Parse(account.GetProperty("balance").GetProperty("amount").GetString()!, CultureInfo.InvariantCulture);
        Assert.Equal(books.Ledger.Where(l => l.AccountId == buyer.AccountId).Sum(l => l.Units) / 100_000_000m, balance);
        using var search = await buyer.Http.GetAsync("/api/v1/search?q=anything");
        Assert.Equal(state is "active" or "grace" ? 200 : 402, (int)search.StatusCode);
    }

    private static long Begin(LedgerEntry entry) => long.Parse(entry.Key.Split(':')[2], CultureInfo.InvariantCulture);
}

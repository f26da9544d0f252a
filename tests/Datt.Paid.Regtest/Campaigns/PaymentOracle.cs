using Datt.Paid.Storage;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Payment by payment: what the payment side lists as settled is in the ledger, once, at the right value, and nothing else is.</summary>
internal static class PaymentOracle
{
    public static void Check(MoneyScene scene, Books books)
    {
        var prefix = $"payment:{scene.Side.Provider}:";
        var booked = books.Ledger.Where(l => l.Kind == LedgerKind.Payment && books.Stands(l)).ToDictionary(l => l.Key);
        var invoices = books.Invoices.Where(i => i.ProviderId is not null).ToDictionary(i => i.ProviderId!);
        var settled = books.Payments.Where(p => p.Settled).ToDictionary(p => prefix + p.Id);

        var missing = settled.Keys.Except(booked.Keys).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} settled payments are not booked: {string.Join("; ", missing.Take(5).Select(m => Describe(m, settled[m], invoices)))}");
        var invented = booked.Keys.Except(settled.Keys).ToList();
        Assert.True(invented.Count == 0, $"booked, but not settled at the provider: {string.Join(", ", invented.Take(5))}");
        foreach (var (key, payment) in settled)
        {
            Assert.True(invoices.TryGetValue(payment.InvoiceId, out var invoice), $"{key} is of invoice {payment.InvoiceId}, which we do not know");
            Assert.Equal(invoice.Id, booked[key].InvoiceId);
            Assert.Equal(invoice.AccountId, booked[key].AccountId);
            CheckValue(scene, booked[key], payment, invoice);
        }
        foreach (var account in books.Ledger.GroupBy(l => l.AccountId))
        {
            var sum = account.Where(l => l.Kind == LedgerKind.Payment || l.Key.StartsWith("undone:", StringComparison.Ordinal)).Sum(l => l.Units);
            Assert.Equal(settled.Keys.Where(k => booked[k].AccountId == account.Key).Sum(k => booked[k].Units), sum);
        }
        if (scene.Side.KeepsUndonePayments)
            Assert.All(scene.Undone, id => Assert.True(settled.ContainsKey(prefix + id) && booked.ContainsKey(prefix + id), $"{id} was undone after it settled and must stay"));
    }

    /// <summary>In time: at the invoice's rate. Late: at the lower of that and the rate of the day.</summary>
    private static void CheckValue(MoneyScene scene, LedgerEntry entry, SidePayment payment, Invoice invoice)
    {
        var rate = invoice.RateUnits / 100_000_000m;
        var allowed = entry.Cause is null ? [rate] : RatesAround(scene, entry.At).Select(today => Math.Min(today, rate)).ToList();
        var values = allowed.Select(r => (long)Math.Floor(payment.Sats * r)).ToList();
        Assert.True(values.Contains(entry.Units), $"{entry.Key}: {payment.Sats} sats at {string.Join(" or ", allowed)} booked as {entry.Units} ({entry.Cause})");
    }

    /// <summary>The store's terms are kept for half a minute; a reading that had to wait for the provider's silence may take days of the campaign's calendar.</summary>
    private static List<decimal> RatesAround(MoneyScene scene, DateTimeOffset at)
    {
        var rates = new List<decimal>();
        for (var i = 0; i < scene.Rates.Count; i++)
        {
            var until = i + 1 < scene.Rates.Count ? scene.Rates[i + 1].Since : DateTimeOffset.MaxValue;
            if (scene.Rates[i].Since <= at.AddDays(5) && until >= at.AddMinutes(-1))
                rates.Add(scene.Rates[i].Rate);
        }
        return rates;
    }

    private static string Describe(string key, SidePayment payment, Dictionary<string, Invoice> invoices) =>
        $"{key} {payment.Sats} sats of {(invoices.TryGetValue(payment.InvoiceId, out var i) ? $"{i.Id} {i.Status}/{i.Detail} next {i.NextReadAt:O} expired {i.ExpiresAt:O} seen {i.Seen}" : "an unknown invoice " + payment.InvoiceId)}";
}

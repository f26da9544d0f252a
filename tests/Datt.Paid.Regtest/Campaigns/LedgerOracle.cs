using Datt.Paid.Storage;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>
/// Walks each account's ledger entry by entry with nothing but a sum in hand: never below zero, what covers the months asked for is charged at
/// once and only then, no invoice is granted twice, and every entry has a reason that the test knows of.
/// </summary>
internal sealed class LedgerOracle(MoneyScene scene, Books books)
{
    private readonly Dictionary<string, Invoice> _invoices = books.Invoices.ToDictionary(i => i.Id);

    public void Check()
    {
        Assert.Equal(books.Ledger.Count, books.Ledger.Select(l => l.Key).Distinct().Count());
        foreach (var account in books.Ledger.GroupBy(l => l.AccountId))
            Walk(account.Key, [.. account]);
        foreach (var invoice in books.Invoices)
            CheckInvoice(invoice);
        CheckHistory();
    }

    private void Walk(string account, List<LedgerEntry> entries)
    {
        var balance = 0L;
        var covering = false;
        var granted = new HashSet<string>();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            balance += entry.Units;
            // Below zero only between a payment that was undone and the periods that are taken back for it, in one transaction.
            covering = entry.Key.StartsWith("undone:", StringComparison.Ordinal) || (covering && entry.Key.StartsWith("takeback:", StringComparison.Ordinal));
            var covered = i + 1 == entries.Count || !entries[i + 1].Key.StartsWith("takeback:", StringComparison.Ordinal);
            Assert.True(balance >= 0 || (covering && !covered), $"account {account} stood at {balance} after {entry.Key}");
            var invoice = entry.InvoiceId is { } id ? _invoices[id] : null;
            var next = i + 1 < entries.Count ? entries[i + 1] : null;
            switch (entry.Kind)
            {
                case LedgerKind.Payment:
                    Grants(invoice!, late: entry.Cause is not null, entry, next, balance, granted);
                    break;
                case LedgerKind.Adjustment when entry.Key == $"adjustment:marked:{invoice!.Id}":
                    Assert.True(scene.Marked.Contains(invoice.Id), $"{entry.Key}: nobody marked it");
                    Grants(invoice, late: false, entry, next, balance, granted);
                    break;
                case LedgerKind.Adjustment when entry.Key == $"adjustment:rest:{invoice!.Id}":
                    Assert.StartsWith("Settled", invoice.Seen, StringComparison.Ordinal);
                    Grants(invoice, late: false, entry, next, balance, granted);
                    break;
                case LedgerKind.Adjustment when entry.Key.StartsWith("undone:", StringComparison.Ordinal):
                    Assert.False(scene.Side.KeepsUndonePayments);
                    var undone = books.Ledger.Single(l => l.Kind == LedgerKind.Payment && entry.Key.StartsWith($"undone:{l.Key}:", StringComparison.Ordinal));
                    var before = entries.Take(i).Count(l => l.Key.StartsWith($"undone:{undone.Key}:", StringComparison.Ordinal));
                    Assert.Equal(before % 2 == 0 ? -undone.Units : undone.Units, entry.Units);
                    break;
                case LedgerKind.Adjustment when entry.Key.StartsWith($"takeback:{account}:", StringComparison.Ordinal):
                    Assert.True(entry.Units >= 0 && (next is not null || covering), entry.Key);
                    break;
                case LedgerKind.Adjustment when entry.Key.StartsWith("refund-back:", StringComparison.Ordinal):
                    var back = books.Refunds.Single(r => "refund-back:" + r.Id == entry.Key);
                    Assert.Equal((RefundState.BookedBack, back.Units), (back.State, entry.Units));
                    break;
                case LedgerKind.Refund:
                    var refund = books.Refunds.Single(r => "refund:" + r.Id == entry.Key);
                    Assert.Equal(-refund.Units, entry.Units);
                    break;
                case LedgerKind.Charge when invoice is not null:
                    // Checked where the money came in: a charge without that has no reason.
                    Assert.True(granted.Contains(invoice.Id) && entries[i - 1].InvoiceId == invoice.Id && entries[i - 1].Kind != LedgerKind.Charge, $"{entry.Key} has no reason");
                    break;
                case LedgerKind.Charge:
                    CheckRenewal(account, entry);
                    break;
                default:
                    Assert.Fail($"{entry.Kind} {entry.Key}: nothing in this campaign causes it");
                    break;
            }
        }
    }

    /// <summary>Money of an invoice came in: its months are charged now if the balance covers them, unless they were before.</summary>
    private void Grants(Invoice invoice, bool late, LedgerEntry entry, LedgerEntry? next, long balance, HashSet<string> granted)
    {
        if (invoice.Months == 0 || granted.Contains(invoice.Id))
            return;
        var total = (late ? books.PriceAt(entry.At) : invoice.PriceUnits) * invoice.Months;
        var charged = next is { Kind: LedgerKind.Charge } && next.InvoiceId == invoice.Id;
        Assert.True(
            charged == (balance >= total),
            $"{entry.Key}: balance {balance}, {invoice.Months} months of {invoice.Id} cost {total}, next entry {next?.Kind} {next?.Key}");
        if (!charged)
            return;
        Assert.Equal(-total, next!.Units);
        granted.Add(invoice.Id);
    }

    private void CheckRenewal(string account, LedgerEntry entry)
    {
        var from = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(entry.Key.Split(':')[2], System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(entry.At >= from && entry.At < from.AddDays(3), $"{entry.Key} was renewed at {entry.At:O}");
        Assert.Equal(-books.PublishedBy(from.AddDays(-7)), entry.Units);
        Assert.True(
            scene.Switches.LastOrDefault(s => s.Account == account && s.At <= entry.At) is not { On: false, Account: not null },
            $"{entry.Key} was renewed although that is switched off");
    }

    private void CheckInvoice(Invoice invoice)
    {
        var own = books.Ledger.Where(l => l.InvoiceId == invoice.Id).ToList();
        var charges = own.Count(l => l.Kind == LedgerKind.Charge);
        var credited = own.Where(l => l.Kind == LedgerKind.Payment || l.Key.Split(':')[0] is "adjustment" or "undone").Sum(l => l.Units);
        Assert.Equal(credited, invoice.CreditedUnits);
        if (own.Exists(l => l.Key.StartsWith("undone:", StringComparison.Ordinal)))
        {
            // What came back may be charged again, once for each time that it was taken back.
            Assert.True(charges <= 1 + own.Count(l => l.Key.StartsWith("takeback:", StringComparison.Ordinal)), $"{invoice.Id} was granted {charges} times");
            return;
        }
        Assert.True(charges <= 1, $"{invoice.Id} was granted {charges} times");
        var granted = invoice.Months > 0 ? charges == 1 : credited >= invoice.AmountUnits;
        Assert.True(granted == (invoice.Status == InvoiceStatus.Settled), $"{invoice.Id} is {invoice.Status}, granted {granted}");
    }

    private void CheckHistory()
    {
        foreach (var history in books.Events.GroupBy(e => e.InvoiceId))
        {
            var stands = InvoiceStatus.New;
            foreach (var step in history)
            {
                Assert.True(step.From == stands || step.Cause.StartsWith("adopted", StringComparison.Ordinal), $"{history.Key}: {step.From} after {stands}");
                Assert.True(stands != InvoiceStatus.Settled || step.To == InvoiceStatus.Settled, $"{history.Key} left settled");
                stands = step.To;
            }
            Assert.Equal(_invoices[history.Key].Status, stands);
        }
    }
}

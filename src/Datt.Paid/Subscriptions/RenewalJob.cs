using System.Globalization;
using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Subscriptions;

/// <summary>
/// Hourly. Bitcoin has no pull payments, so a renewal draws on the prepaid balance: at the end of the last period one month is charged at the
/// price published seven days before. Where the balance is short, an invoice and a notice go out seven days before the end. What is due is
/// read from the periods each time; the job may run twice at once and die anywhere.
/// </summary>
public sealed class RenewalJob(
    Database database, PaymentProviders providers, PriceBook prices, InvoiceService invoices, ILogger<RenewalJob> log)
{
    /// <summary>How long before the end a renewal is prepared and its price fixed.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(7);

    /// <summary>How long after the grace a lost run still writes the notice of the expiry.</summary>
    private static readonly TimeSpan ExpiryNotice = TimeSpan.FromDays(7);

    private const int Page = 200;

    public async Task RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var after = "";
        while (await DueAsync(after, now, ct) is { Count: > 0 } due)
        {
            foreach (var accountId in due)
            {
                try
                {
                    await RenewAsync(accountId, now, ct);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    log.LogError(e, "The renewal of account {Account} failed; the next run tries again.", accountId);
                }
            }
            after = due[^1];
        }
    }

    /// <summary>Accounts whose last period ends soon or ended lately, a page in order of id.</summary>
    private Task<List<string>> DueAsync(string after, DateTimeOffset now, CancellationToken ct)
    {
        var (earliest, latest, sandbox) = (now - PeriodSeries.Grace - ExpiryNotice, now + Ahead, providers.IsSandbox);
        return database.ReadAsync(
            db => db.Periods.Where(p => !p.Provisional && (sandbox || !p.Sandbox) && string.Compare(p.AccountId, after) > 0)
                .GroupBy(p => p.AccountId)
                .Where(g => g.Max(p => p.To) >= earliest && g.Max(p => p.To) <= latest)
                .OrderBy(g => g.Key).Select(g => g.Key).Take(Page).ToListAsync(ct), ct);
    }

    private async Task RenewAsync(string accountId, DateTimeOffset now, CancellationToken ct)
    {
        var shortage = await database.WriteAsync(db => StepAsync(db, accountId, now, ct), ct);
        if (shortage is not { } renewal)
            return;
        // The operation's name makes one invoice of any number of runs for the same end.
        var outcome = await invoices.CreateRenewalAsync(
            accountId, renewal.Price, renewal.End, "renewal:" + Subject(renewal.End), now, ct);
        if (outcome is not InvoiceOutcome.Created(var invoice))
        {
            log.LogWarning("No renewal invoice for account {Account}: {Outcome}. The next run tries again.", accountId, outcome);
            return;
        }
        await database.WriteAsync(async db =>
        {
            if (await AccountBooks.OpenAsync(db, accountId, renewal.Price.Currency, providers.IsSandbox, ct) is { } books)
                await books.TryNotifyAsync(NoticeKind.RenewalDue, Subject(renewal.End), invoice.Id, now, ct);
        }, ct);
    }

    /// <summary>What is due now for one account. Returns the renewal that lacks money and has no invoice yet.</summary>
    private async Task<Shortage?> StepAsync(DattDbContext db, string accountId, DateTimeOffset now, CancellationToken ct)
    {
        var currency = prices.Options.Currency;
        if (await AccountBooks.OpenAsync(db, accountId, currency, providers.IsSandbox, ct) is not { Last: { } last } books)
            return null;
        var end = last.To;
        var subject = Subject(end);
        if (now < end - Ahead || last.EndedEarly || books.Account.SuspendedAt is not null)
            return null;
        var price = prices.PublishedBy(end - Ahead).Monthly;
        if (now >= end + PeriodSeries.Grace)
            await books.TryNotifyAsync(NoticeKind.Expired, subject, null, now, ct);
        else if (now >= end)
        {
            if (books.Account.AutoRenew && await books.TryChargeAsync(1, price, null, end, now, ct))
                await books.TryNotifyAsync(NoticeKind.Renewed, subject, null, now, ct);
            else
                await books.TryNotifyAsync(NoticeKind.Grace, subject, null, now, ct);
        }
        else if (!books.Account.AutoRenew)
            await books.TryNotifyAsync(NoticeKind.EndsSoon, subject, null, now, ct);
        else if (books.Balance < price && !await db.Notices.AnyAsync(n => n.AccountId == accountId && n.Kind == NoticeKind.RenewalDue && n.Subject == subject, ct))
            return new Shortage(price, end);
        return null;
    }

    private static string Subject(DateTimeOffset end) => end.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private sealed record Shortage(Money Price, DateTimeOffset End);
}

using System.Globalization;
using Datt.Paid.Federation;
using Datt.Paid.Storage;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>
/// Buys and renews subscriptions at servers that serve subscribers alone. What is due is read from the database. Money moves at most once for a period:
/// it is set aside in the books first, and a payment whose answer was lost is not made again.
/// </summary>
/// <param name="settings">What may be spent, and where.</param>
/// <param name="servers">Who sells.</param>
/// <param name="shop">How they are called.</param>
/// <param name="purse">What pays.</param>
/// <param name="book">The books.</param>
/// <param name="keys">Our keys at the sellers.</param>
/// <param name="bought">Told of each server that a period was paid at.</param>
/// <param name="log">For operators.</param>
public sealed class PeerPurchaseJob(
    BuyingSettings settings, ServerDirectory servers, IPeerShop shop, ILightningPurse purse, PurchaseBook book, PeerKeys keys, Action<string> bought,
    ILogger<PeerPurchaseJob> log)
{
    private const int Months = 1;
    private const int MostServers = 500;
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);

    private int _running;

    /// <summary>One at a time in this process; a trigger that comes meanwhile changes nothing.</summary>
    public async Task RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (!settings.Enabled || Interlocked.Exchange(ref _running, 1) == 1)
            return;
        try
        {
            foreach (var row in await book.OpenAsync(ct))
                await LookAsync(row, now, ct);
            foreach (var server in servers.All.Where(IsSeller).Take(MostServers))
            {
                if (await book.DueAsync(server.Id, Months, now, ct) is { } due)
                    await GoOnAsync(server, due, now, ct);
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private bool IsSeller(KnownServer server) => server.State == ServerState.Alive && server.Card.Card.FederationAccess == "Paid"
        && (settings.Servers.Count == 0 || settings.Servers.Contains(server.Id));

    /// <summary>Asks the seller whether it was paid, by hand or by a payment whose answer was lost; what hangs becomes uncertain.</summary>
    private async Task LookAsync(PeerPurchaseRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (row.State == PeerPurchaseState.Paying)
        {
            if (now - row.PaidAt < PurchaseBook.PayingFor)
                return;
            log.LogWarning("It is not known whether purchase {Purchase} at {Server} was paid: the payment was under way when this server stopped", row.Id, row.ServerId);
            await book.UncertainAsync(row.Id, "The payment was under way when this server stopped.", ct);
        }
        if (row.InvoiceId is { } invoiceId && keys.For(row.ServerId) is { } key && servers.TryGet(row.ServerId, out var server)
            && await shop.InvoiceAsync(server, key, invoiceId, ct) is { IsSettled: true })
        {
            await book.PaidAsync(row.Id, null, now, ct);
            bought(row.ServerId);
        }
    }

    private async Task GoOnAsync(KnownServer server, PeerPurchaseRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (row.State is not (PeerPurchaseState.Planned or PeerPurchaseState.Waiting))
            return;
        if (row.State == PeerPurchaseState.Planned || row.InvoiceExpiresAt <= now)
        {
            if (row.DueAt > now)
                return;
            if (await OrderAsync(server, row, now, ct) is not { } invoiced)
                return;
            row = invoiced;
        }
        await PayAsync(server, row, now, ct);
    }

    private async Task<PeerPurchaseRow?> OrderAsync(KnownServer server, PeerPurchaseRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (server.Card.Card.Price is not { } price || !TryReadPrice(price.Amount, out var monthly))
            return await RefuseAsync("Its card names no price, so nothing says what would be too much.");
        if (await shop.QuoteAsync(server, row.Months, ct) is not { } quote)
            return await RefuseAsync("It does not answer what a subscription costs.");
        if (quote.Currency != price.Currency || quote.Amount > monthly * row.Months)
            return await RefuseAsync($"It asks for {quote.Amount} {quote.Currency}, more than the {price.Amount} {price.Currency} a month that its signed card says.");
        if (keys.For(server.Id) is not { } key)
        {
            if (await shop.OpenAccountAsync(server, ct) is not { } made)
                return await RefuseAsync("No account could be opened there.");
            key = await keys.KeepAsync(server.Id, made, now, ct);
        }
        var operation = string.Create(CultureInfo.InvariantCulture, $"{row.Id}-{row.Attempt}");
        if (await shop.OrderAsync(server, key, row.Months, operation, ct) is not { } invoice)
            return await RefuseAsync("It gave no invoice.");
        return await book.InvoicedAsync(row.Id, invoice, now + AskAgain, ct);

        async Task<PeerPurchaseRow?> RefuseAsync(string problem)
        {
            await book.ProblemAsync(row.Id, problem, now + AskAgain, ct);
            return null;
        }
    }

    private async Task PayAsync(KnownServer server, PeerPurchaseRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (await JudgeAsync(server, row, now, ct) is not { } order)
            return;
        switch (await book.SetAsideAsync(
            row.Id, row.InvoiceId!, order.Sats, order.Units, settings.Currency, Budget.UnitsOf(settings.MaximumPerMonth), order.SatsPerUnit, now, ct))
        {
            case SetAsideOutcome.Taken:
                return;
            case SetAsideOutcome.OverBudget:
                await book.ProblemAsync(row.Id, $"This month's budget of {settings.MaximumPerMonth} {settings.Currency} has no room for it.", null, ct);
                return;
        }

        PayOutcome outcome;
        try
        {
            outcome = await purse.PayAsync(row.Lightning!, order.Fee, ct);
        }
        catch (OperationCanceledException)
        {
            outcome = new PayOutcome.Unknown("This server stopped while it was being paid.");
        }
        // Booked also while the server stops: the money was on its way.
        switch (outcome)
        {
            case PayOutcome.Paid paid:
                await book.PaidAsync(row.Id, paid.Sats, now, CancellationToken.None);
                bought(server.Id);
                log.LogInformation("Bought {Months} month at {Server} for {Sats} sats", row.Months, server.Id, paid.Sats);
                break;
            case PayOutcome.NotPaid refused:
                await book.NotPaidAsync(row.Id, refused.Reason, CancellationToken.None);
                break;
            case PayOutcome.Unknown unknown:
                await book.UncertainAsync(row.Id, unknown.Reason, CancellationToken.None);
                log.LogWarning("It is not known whether purchase {Purchase} at {Server} was paid: {Reason}", row.Id, server.Id, unknown.Reason);
                break;
        }
    }

    /// <summary>What an invoice would cost, where it may be paid; else null, and the reason is noted for the operator, who may pay it by hand.</summary>
    private async Task<Order?> JudgeAsync(KnownServer server, PeerPurchaseRow row, DateTimeOffset now, CancellationToken ct)
    {
        if (!purse.CanPay)
            return await ByHandAsync("There is no key that may spend (Datt:Payments:BtcPay:SpendApiKey): pay the invoice by hand.");
        if (!Bolt11.TryReadSats(row.Lightning, out var sats))
            return await ByHandAsync("It gave no Lightning invoice with an amount: pay it by hand.");
        if (server.Card.Card.Price is not { } price || !TryReadPrice(price.Amount, out var monthly))
            return await ByHandAsync("Its card names no price.");
        if (row.InvoiceExpiresAt <= now)
            return null;
        if (await purse.SatsPerUnitAsync(price.Currency, ct) is not { } ofPrice || await purse.SatsPerUnitAsync(settings.Currency, ct) is not { } ofBudget)
            return await ByHandAsync($"There is no rate for {price.Currency} or {settings.Currency} now.");
        if (sats > Budget.Fair(monthly * row.Months, ofPrice))
            return await ByHandAsync($"The invoice asks for {sats} sats, more than {price.Amount} {price.Currency} a month are worth.");
        var fee = Budget.FeeOf(sats);
        var units = Budget.UnitsOf(sats + fee, ofBudget);
        if (units > Budget.UnitsOf(settings.MaximumPerPayment))
            return await ByHandAsync($"It costs up to {sats + fee} sats, more than {settings.MaximumPerPayment} {settings.Currency}, the most for one payment.");
        return new Order(sats + fee, fee, units, ofBudget);

        async Task<Order?> ByHandAsync(string problem)
        {
            if (row.Problem != problem)
                await book.ProblemAsync(row.Id, problem, null, ct);
            return null;
        }
    }

    private static bool TryReadPrice(string text, out decimal amount) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount) && amount is >= 0 and <= 1_000_000_000;

    /// <param name="Sats">At most, with the fee.</param>
    private sealed record Order(long Sats, long Fee, long Units, decimal SatsPerUnit);
}

using System.Runtime.CompilerServices;

namespace Datt.Paid.Client;

/// <summary>Buying months.</summary>
public sealed class SubscriptionClient
{
    private readonly Transport _transport;

    internal SubscriptionClient(Transport transport) => _transport = transport;

    /// <summary>What <paramref name="months"/> months cost now, and how they can be paid. Needs no key.</summary>
    public Task<Quote> QuoteAsync(int months, CancellationToken ct = default) =>
        _transport.GetAsync(new Query("api/v1/subscription/quote").With("months", months).ToString(), ClientJson.Default.Quote, ct);

    /// <summary>Asks for an invoice. Code <c>quota_exceeded</c> when too many are open, <c>payments_unavailable</c> when nobody can take money now.</summary>
    public Task<Invoice> OrderAsync(NewInvoice order, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Post, "api/v1/subscription/invoices",
            JsonBody.Of(order, ClientJson.Default.NewInvoice), ClientJson.Default.Invoice, ct);

    /// <summary>An own invoice; code <c>not_found</c> for anybody else's.</summary>
    public Task<Invoice> InvoiceAsync(string id, CancellationToken ct = default) =>
        _transport.GetAsync($"api/v1/subscription/invoices/{Query.Segment(id)}", ClientJson.Default.Invoice, ct);

    /// <summary>All own invoices, page by page.</summary>
    public async IAsyncEnumerable<Invoice> InvoicesAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        string? cursor = null;
        do
        {
            var page = await _transport.GetAsync(new Query("api/v1/subscription/invoices").With("cursor", cursor).ToString(),
                ClientJson.Default.InvoiceList, ct).ConfigureAwait(false);
            foreach (var invoice in page.Invoices)
            {
                yield return invoice;
            }

            cursor = page.Invoices.Count == 0 ? null : page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>
    /// The invoice each time its status or what was paid changes, beginning with now, until it is over: settled, invalid, or expired.
    /// </summary>
    /// <param name="id">The invoice.</param>
    /// <param name="every">Pause between two looks.</param>
    /// <param name="ct">Ends the watch.</param>
    public async IAsyncEnumerable<Invoice> WatchAsync(string id, TimeSpan every, [EnumeratorCancellation] CancellationToken ct = default)
    {
        Invoice? last = null;
        while (true)
        {
            var now = await InvoiceAsync(id, ct).ConfigureAwait(false);
            if (last is null || (now.Status, now.Detail, now.PaidSats) != (last.Status, last.Detail, last.PaidSats))
            {
                yield return now;
                last = now;
            }

            if (now.IsOver)
            {
                yield break;
            }

            await Task.Delay(every, _transport.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Renewal from the prepaid balance on or off.</summary>
    public Task RenewAsync(bool autoRenew, CancellationToken ct = default) =>
        _transport.DoAsync(HttpMethod.Patch, "api/v1/subscription",
            JsonBody.Of(new RenewalChange(autoRenew), ClientJson.Default.RenewalChange), ct);

    /// <summary>Pays with play money; code <c>not_found</c> unless the server's provider is the sandbox.</summary>
    /// <param name="id">The invoice.</param>
    /// <param name="amountSats">Null pays what is due.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task<Invoice> PaySandboxAsync(string id, long? amountSats = null, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Post, $"api/v1/sandbox/invoices/{Query.Segment(id)}/pay",
            JsonBody.Of(new SandboxPayment(amountSats), ClientJson.Default.SandboxPayment), ClientJson.Default.Invoice, ct);
}

using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Payments.BtcPay;

public enum WebhookNote
{
    Noted,

    /// <summary>The invoice waits to be read already; the reading to come covers this delivery too.</summary>
    AlreadyNoted,

    /// <summary>Too many wait: the sender is to try again.</summary>
    Full,
}

/// <summary>
/// Invoices that a delivery told us to look at, each once, and the reading of them by <see cref="Settlement"/>. What is lost with the process
/// or fails to be read is found by reconciliation.
/// </summary>
public sealed class WebhookInbox(BtcPayProvider provider, Settlement settlement, TimeProvider time, ILogger<WebhookInbox> log)
{
    /// <summary>Invoices that can wait.</summary>
    public const int Capacity = 10_000;

    private const int Readers = 2;

    private readonly Channel<string> _waiting = Channel.CreateBounded<string>(Capacity);
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Notes an invoice; returns at once.</summary>
    public WebhookNote Note(string invoiceId)
    {
        if (!_known.TryAdd(invoiceId, true))
            return WebhookNote.AlreadyNoted;
        if (_waiting.Writer.TryWrite(invoiceId))
            return WebhookNote.Noted;
        _known.TryRemove(invoiceId, out _);
        return WebhookNote.Full;
    }

    /// <summary>Reads what is noted until it is told to stop.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => ReadAsync(ct)));

    private async Task ReadAsync(CancellationToken ct)
    {
        await foreach (var invoiceId in _waiting.Reader.ReadAllAsync(ct))
        {
            // Forgotten before it is read: what happens while it is read makes it be read again.
            _known.TryRemove(invoiceId, out _);
            try
            {
                await settlement.ApplyAsync(provider, invoiceId, "webhook", time.GetUtcNow(), ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (ProviderUnavailableException e)
            {
                log.LogWarning("Invoice {Invoice} of a webhook cannot be read now; reconciliation will: {Reason}", invoiceId, e.Message);
            }
            catch (Exception e)
            {
                log.LogError(e, "Invoice {Invoice} of a webhook could not be booked; reconciliation will try again", invoiceId);
            }
        }
    }
}

using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>A payment as the payment side lists it.</summary>
/// <param name="Id">As in the ledger's key: <c>txid-vout</c> or the payment hash.</param>
/// <param name="InvoiceId">The provider's id of its invoice.</param>
internal sealed record SidePayment(string Id, string InvoiceId, long Sats, bool Settled);

/// <summary>
/// The outside world of a campaign: payers, the network, whoever sits at the provider's web pages, and what goes wrong between the provider and
/// us. One for each kind of provider.
/// </summary>
internal interface IPaymentSide : IAsyncDisposable
{
    /// <summary>Settings that make a server be paid through it.</summary>
    IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>Name of the provider in the keys of the ledger.</summary>
    string Provider { get; }

    /// <summary>A settled payment that the network undoes stays listed.</summary>
    bool KeepsUndonePayments { get; }

    /// <summary>What one bitcoin is worth now.</summary>
    decimal Rate { get; set; }

    Trouble Trouble { get; }

    /// <summary>Last word on the server's services: short timeouts, for one.</summary>
    void Customise(IServiceCollection services);

    /// <summary>Sends a payment into the mempool; the answer names it.</summary>
    string Pay(string address, long sats, bool replaceable = false);

    /// <summary>Replaces a payment in the mempool, by one to the payer himself where no address is given.</summary>
    string Replace(string transaction, string? address, long sats);

    void Mine();

    /// <summary>A block spends the payment's coins otherwise, before it is confirmed.</summary>
    void MineConflict(string transaction);

    /// <summary>The last block, which holds the payment, is replaced by a branch that spends its coins otherwise.</summary>
    void ReorganiseAway(string transaction);

    /// <summary>
    /// The last block is replaced by a branch without the payment. bcoin takes a payment back into its mempool only where the mempool is not empty, so
    /// it is gone until <see cref="SendAgain"/>, or the next block has it.
    /// </summary>
    void ReorganiseOut(string transaction);

    /// <summary>The payer's wallet sends a payment again; the next block may have it.</summary>
    void SendAgain(string transaction);

    /// <summary>False when it cannot be paid any more.</summary>
    bool PayLightning(string bolt11);

    /// <summary>Sets an invoice's status by hand; false where the provider refuses it.</summary>
    bool Mark(string invoiceId, bool settled);

    /// <summary>Withdraws the refunds that nobody has claimed; the answer is how many.</summary>
    int WithdrawRefunds(IEnumerable<string> ids);

    IReadOnlyList<SidePayment> Payments();

    /// <summary>Moves its clock, and waits until what follows from that has been delivered.</summary>
    Task AdvanceAsync(TimeSpan by);

    Task RestAsync();

    /// <summary>Down: what waited to be told to us is forgotten.</summary>
    /// <param name="refuses">Nothing listens; else a proxy before it answers 503.</param>
    Task StopAsync(bool refuses);

    Task StartAgainAsync();
}

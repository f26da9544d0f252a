using Datt.Paid.Federation;

namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>The calls of another server's subscription API that buying makes. Nothing that the other side does is thrown; null where there is no proper answer.</summary>
public interface IPeerShop
{
    /// <summary>Opens an account there.</summary>
    /// <returns>A key with the scopes <c>account</c> and <c>federation</c>.</returns>
    Task<string?> OpenAccountAsync(KnownServer server, CancellationToken ct);

    /// <summary>What months cost there.</summary>
    Task<PeerQuote?> QuoteAsync(KnownServer server, int months, CancellationToken ct);

    /// <summary>Asks for an invoice.</summary>
    /// <param name="server">Where.</param>
    /// <param name="key">Our key there.</param>
    /// <param name="months">For how long.</param>
    /// <param name="operation">The same order under the same name gives the same invoice.</param>
    /// <param name="ct">Gives up.</param>
    Task<PeerInvoice?> OrderAsync(KnownServer server, string key, int months, string operation, CancellationToken ct);

    /// <summary>How an invoice stands.</summary>
    Task<PeerInvoice?> InvoiceAsync(KnownServer server, string key, string id, CancellationToken ct);
}

/// <summary>What months cost at another server.</summary>
public sealed record PeerQuote(decimal Amount, string Currency);

/// <summary>An invoice of another server.</summary>
/// <param name="Status">As the contract has it; <c>settled</c> is what counts.</param>
/// <param name="Lightning">BOLT11; null where it takes none.</param>
public sealed record PeerInvoice(string Id, string Status, long DueSats, string? Lightning, string? CheckoutUrl, DateTimeOffset ExpiresAt)
{
    public bool IsSettled => Status == "settled";
}

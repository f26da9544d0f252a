namespace Datt.Paid.Client;

/// <summary>What an operator's server gave to other servers, took from them, and buys there. Needs the scope <c>operator</c>.</summary>
public sealed class PeersClient
{
    private const string Path = "api/v1/admin/peers";

    private readonly Transport _transport;

    internal PeersClient(Transport transport) => _transport = transport;

    /// <summary>Bytes by server, purchases, newest first, and what is left of the budget.</summary>
    public Task<PeerReport> ReportAsync(CancellationToken ct = default) => _transport.GetAsync(Path, ClientJson.Default.PeerReport, ct);

    /// <summary>Says whether a payment whose answer was lost was made. Codes <c>not_found</c>, <c>conflict</c> when it does not wait for that.</summary>
    public Task<PeerPurchase> ResolveAsync(string purchaseId, bool paid, CancellationToken ct = default) => _transport.ReadAsync(
        HttpMethod.Post, $"{Path}/purchases/{Query.Segment(purchaseId)}/resolve",
        JsonBody.Of(new PeerPurchaseDecision(paid), ClientJson.Default.PeerPurchaseDecision), ClientJson.Default.PeerPurchase, ct);
}

/// <param name="Access">Whom this server gives runs: <c>Free</c>, <c>Reciprocal</c>, <c>Paid</c>.</param>
/// <param name="PoolLeftBytes">Left today for servers that have given nothing yet, where it is <c>Reciprocal</c>.</param>
public sealed record PeerReport(string Access, long PoolLeftBytes, IReadOnlyList<Peer> Peers, IReadOnlyList<PeerPurchase> Purchases, PeerBudget Budget);

/// <summary>Another server; bytes are of index runs.</summary>
/// <param name="CreditBytes">What it may still have for what it gave.</param>
/// <param name="HasKey">Whether there is an account at it.</param>
public sealed record Peer(
    string ServerId, string? Name, string? Url, string? Access, long GivenBytes, long TakenBytes, long CreditBytes, bool HasKey, DateTimeOffset? LastAt);

/// <summary>One period of a subscription at another server.</summary>
/// <param name="State"><c>planned</c>, <c>waiting</c>, <c>paying</c>, <c>uncertain</c> or <c>paid</c>.</param>
/// <param name="SpentSats">What it cost with the fee, or is set aside for it.</param>
/// <param name="Lightning">BOLT11, while it may be paid by hand.</param>
public sealed record PeerPurchase(
    string Id, string ServerId, int Number, string State, int Months, long Sats, long SpentSats, string? Lightning, string? CheckoutUrl,
    DateTimeOffset? InvoiceExpiresAt, DateTimeOffset? PaidAt, DateTimeOffset? PaidUntil, string? Problem, DateTimeOffset CreatedAt);

/// <summary>What buying may cost; amounts are decimal strings.</summary>
/// <param name="PaysItself">Whether the server pays by itself; else invoices wait for a person.</param>
/// <param name="Spent">This calendar month; null where there is no rate now.</param>
public sealed record PeerBudget(bool Enabled, bool PaysItself, string Currency, string PerPayment, string PerMonth, string? Spent, string? Left);

internal sealed record PeerPurchaseDecision(bool Paid);

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Datt.Paid.Client;

/// <summary>Asks for an invoice: for months, or to fill the balance.</summary>
/// <param name="Months">1 to 24.</param>
/// <param name="Deposit">Instead of months.</param>
public sealed record NewInvoice(int? Months = null, Money? Deposit = null);

/// <summary>One purchase.</summary>
public sealed record Invoice
{
    /// <summary>Opaque id.</summary>
    public string Id { get => field ?? ""; init; }

    /// <summary><c>new</c>, <c>processing</c>, <c>settled</c>, <c>expired</c> or <c>invalid</c>.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary><c>none</c>, <c>paidPartial</c>, <c>paidOver</c>, <c>paidLate</c> or <c>marked</c>.</summary>
    public string? Detail { get; init; }

    /// <summary>Months it buys; null for a deposit.</summary>
    public int? Months { get; init; }

    /// <summary>Price of one month.</summary>
    public Money? Price { get; init; }

    /// <summary>Price of all.</summary>
    public Money? Amount { get; init; }

    /// <summary>Satoshi still to be paid.</summary>
    public long? DueSats { get; init; }

    /// <summary>Satoshi seen so far.</summary>
    public long? PaidSats { get; init; }

    /// <summary>On-chain address, where on-chain is possible.</summary>
    public string? Address { get; init; }

    /// <summary>BIP 21 payment link.</summary>
    public string? Bip21 { get; init; }

    /// <summary>Lightning invoice (BOLT 11).</summary>
    public string? Lightning { get; init; }

    /// <summary>A page to pay on.</summary>
    public string? CheckoutUrl { get; init; }

    /// <summary>Until when it is to be paid.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When its months were granted.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>Why it asks for more than the months cost; null when it does not.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it is about play money. Null where the server does not say.</summary>
    public bool? Sandbox { get; init; }

    /// <summary>Members this client does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; set; }

    /// <summary>Whether its months were granted.</summary>
    [JsonIgnore]
    public bool IsSettled => Status == "settled";

    /// <summary>Whether nothing more is expected of it. A late payment is still credited.</summary>
    [JsonIgnore]
    public bool IsOver => Status is "settled" or "expired" or "invalid";
}

/// <summary>A page of invoices.</summary>
public sealed record InvoiceList
{
    /// <summary>The invoices.</summary>
    public IReadOnlyList<Invoice> Invoices { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}

/// <summary>What a number of months costs.</summary>
public sealed record Quote
{
    /// <summary>Months asked for.</summary>
    public int? Months { get; init; }

    /// <summary>Price of one.</summary>
    public Money? Price { get; init; }

    /// <summary>Price of all.</summary>
    public Money? Amount { get; init; }

    /// <summary>What they buy.</summary>
    public Coverage? Coverage { get; init; }

    /// <summary>Until when the price holds.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>Payment methods and the cheapest bundle, as the server words them.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record RenewalChange(bool AutoRenew);

internal sealed record SandboxPayment(long? AmountSats);

using System.Text.Json;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>An invoice of Greenfield, as far as it is used here. Times are Unix seconds.</summary>
public sealed record BtcPayInvoice
{
    public required string Id { get; init; }
    public required string StoreId { get; init; }

    /// <summary>What BTCPay made of the amount asked for: rounded to the currency's decimals.</summary>
    public required decimal Amount { get; init; }

    public required string Currency { get; init; }

    /// <summary><c>New</c>, <c>Processing</c>, <c>Settled</c>, <c>Expired</c>, <c>Invalid</c>.</summary>
    public required string Status { get; init; }

    /// <summary><c>None</c>, <c>PaidPartial</c>, <c>PaidOver</c>, <c>PaidLate</c>, <c>Marked</c>, <c>Invalid</c>.</summary>
    public required string AdditionalStatus { get; init; }

    public required long CreatedTime { get; init; }
    public required long ExpirationTime { get; init; }
    public long MonitoringExpiration { get; init; }
    public string? CheckoutLink { get; init; }
    public bool Archived { get; init; }

    /// <summary>Anything that its maker put in, ours or a stranger's.</summary>
    public Dictionary<string, JsonElement>? Metadata { get; init; }

    /// <summary>Empty unless asked for, and always from servers that do not know how.</summary>
    public IReadOnlyList<BtcPayInvoiceMethod>? PaymentMethods { get; init; }
}

/// <summary>One way in which an invoice can be paid, and what came in by it. Amounts are in bitcoin.</summary>
public sealed record BtcPayInvoiceMethod
{
    public const string OnChain = "BTC-CHAIN";
    public const string Lightning = "BTC-LN";

    public required string PaymentMethodId { get; init; }

    /// <summary>Address or BOLT11. A partial payment on-chain replaces the BOLT11 by one for the rest.</summary>
    public string? Destination { get; init; }

    public string? PaymentLink { get; init; }

    /// <summary>Units of the invoice's currency for one bitcoin.</summary>
    public required decimal Rate { get; init; }

    /// <summary>What the whole invoice asks for this way, fee included.</summary>
    public required decimal Amount { get; init; }

    /// <summary>Negative when overpaid.</summary>
    public required decimal Due { get; init; }

    /// <summary>Part of <see cref="Amount"/> that the store's network fee mode added.</summary>
    public decimal PaymentMethodFee { get; init; }

    public bool Activated { get; init; } = true;

    public IReadOnlyList<BtcPayPayment>? Payments { get; init; }
}

/// <param name="Id"><c>txid-vout</c> or the payment hash.</param>
/// <param name="ReceivedDate">Unix seconds.</param>
/// <param name="Value">Bitcoin.</param>
/// <param name="Status"><c>Processing</c>, <c>Settled</c> or <c>Invalid</c>.</param>
public sealed record BtcPayPayment(string Id, long ReceivedDate, decimal Value, string Status);

/// <summary>Body of the call that makes an invoice.</summary>
/// <param name="Amount">Decimal string.</param>
public sealed record BtcPayNewInvoice(string Amount, string Currency, IReadOnlyDictionary<string, string> Metadata, BtcPayCheckout Checkout);

/// <summary>What an invoice says itself instead of taking the store's settings.</summary>
public sealed record BtcPayCheckout(
    string SpeedPolicy, IReadOnlyList<string> PaymentMethods, int ExpirationMinutes, int MonitoringMinutes, decimal PaymentTolerance);

/// <param name="Status"><c>Settled</c> or <c>Invalid</c>.</param>
public sealed record BtcPayMark(string Status);

/// <summary>Which invoices to list, newest first.</summary>
/// <param name="StartDate">Created at or after; Unix seconds.</param>
public sealed record BtcPayInvoiceQuery(int Take, int Skip = 0, string? OrderId = null, long? StartDate = null, bool IncludeArchived = false);

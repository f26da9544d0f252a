using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Invoices;

public enum InvoiceStatus
{
    New,
    Processing,
    Settled,
    Expired,
    Invalid,
}

/// <summary>BTCPay's <c>additionalStatus</c>.</summary>
public enum InvoiceDetail
{
    None,
    PaidPartial,
    PaidOver,
    PaidLate,
    Marked,
}

/// <summary>A payment as the server lists it.</summary>
/// <param name="Id"><c>txid-vout</c> or the payment hash.</param>
/// <param name="Settled">It has its confirmations. That is final here: BTCPay does not look again.</param>
public sealed record PaymentView(string Id, string InvoiceId, long Sats, bool Settled);

internal sealed class Payment
{
    public required string Id { get; init; }

    public required InvoiceMethod Method { get; init; }

    public required Invoice Invoice { get; init; }

    public required string Destination { get; init; }

    public required long Sats { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Null over Lightning.</summary>
    public string? TransactionId { get; init; }

    /// <summary>Confirmations it needs.</summary>
    public int Needed { get; init; }

    /// <summary>Surcharge that this payment had to bear.</summary>
    public long FeeSats { get; set; }

    public bool Settled { get; set; }

    /// <summary>False once it is replaced or double spent; it is not listed then.</summary>
    public bool Accounted { get; set; } = true;
}

/// <summary>A way to pay one invoice.</summary>
internal sealed class InvoiceMethod
{
    public const string Chain = "BTC-CHAIN";
    public const string LightningNetwork = "BTC-LN";

    public required string Id { get; init; }

    public string Address { get; init; } = "";

    public int KeyIndex { get; init; }

    public NetworkFeeMode FeeMode { get; init; }

    public decimal FeeRate { get; init; }

    /// <summary>Surcharge of the next payment, in satoshi. The first payment sets it where the mode is MultiplePaymentsOnly.</summary>
    public long NextFeeSats { get; set; }

    /// <summary>The BOLT11 offered now.</summary>
    public LightningInvoice? Bolt11 { get; set; }

    public bool IsChain => Id == Chain;

    public string Destination => Bolt11?.Bolt11 ?? Address;

    /// <summary>Cost of 100 vbytes.</summary>
    public long FeeOfOnePayment => (long)(FeeRate * 100);
}

internal sealed class Invoice
{
    public string Id { get; } = Ids.New();

    public required Store Store { get; init; }

    /// <summary>Order of creation, for lists.</summary>
    public required long Number { get; init; }

    /// <summary>Null: a top-up invoice that nobody paid yet.</summary>
    public required decimal? Price { get; set; }

    public required bool IsTopUp { get; init; }

    public required string Currency { get; init; }

    public required decimal Rate { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public required DateTimeOffset MonitoredUntil { get; init; }

    public required SpeedPolicy SpeedPolicy { get; init; }

    public required decimal Tolerance { get; init; }

    public required JsonObject Metadata { get; set; }

    public required JsonObject Checkout { get; init; }

    public IReadOnlyList<string> SearchTerms { get; init; } = [];

    public List<InvoiceMethod> Methods { get; } = [];

    public List<Payment> Payments { get; } = [];

    public InvoiceStatus Status { get; set; }

    public InvoiceDetail Detail { get; set; }

    public bool Archived { get; set; }

    public string? OrderId => Metadata["orderId"]?.ToString();

    public IEnumerable<Payment> Accounted => Payments.Where(payment => payment.Accounted);

    public bool IsUnsetTopUp => IsTopUp && Price is null;

    public long TotalSats => Price is { } price ? Amounts.SatsFor(price, Rate) : 0;

    /// <summary>What counts towards the price: payments without the surcharge they bear.</summary>
    public long NetPaidSats => Accounted.Sum(payment => payment.Sats - payment.FeeSats);

    /// <summary>The same of settled payments.</summary>
    public long NetSettledSats => Accounted.Where(payment => payment.Settled).Sum(payment => payment.Sats - payment.FeeSats);

    /// <summary>Least that settles it.</summary>
    public long MinimumSats => Price is { } price ? Amounts.SatsFor(price * (1 - (Tolerance / 100)), Rate) : 0;

    public bool IsUnderPaid => NetPaidSats < MinimumSats;

    public bool IsOverPaid => !IsUnsetTopUp && NetPaidSats > TotalSats;

    /// <summary>Events of payments say so by the status, not by the clock.</summary>
    public bool AfterExpiration => Status is InvoiceStatus.Expired or InvoiceStatus.Invalid;

    /// <summary>Satoshi still to pay by a method; negative when overpaid.</summary>
    public long DueSats(InvoiceMethod method) =>
        IsUnsetTopUp ? 0 : TotalSats - NetPaidSats + (IsUnderPaid ? method.NextFeeSats : 0);

    public bool MayBeMarked(InvoiceStatus status) => status switch
    {
        InvoiceStatus.Settled => Status is not InvoiceStatus.Settled,
        InvoiceStatus.Invalid => Status is not InvoiceStatus.Invalid && (Status is not InvoiceStatus.Settled || Detail == InvoiceDetail.Marked),
        _ => false,
    };
}

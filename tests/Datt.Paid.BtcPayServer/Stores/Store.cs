using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Refunds;
using Datt.Paid.BtcPayServer.Webhooks;

namespace Datt.Paid.BtcPayServer.Stores;

/// <summary>How many confirmations a payment needs: 0 (1 if it signals replacement), 1, 2, 6.</summary>
public enum SpeedPolicy
{
    HighSpeed,
    MediumSpeed,
    LowMediumSpeed,
    LowSpeed,
}

/// <summary>When the payer is charged the merchant's cost of spending a payment (100 vbytes).</summary>
public enum NetworkFeeMode
{
    MultiplePaymentsOnly,
    Always,
    Never,
}

/// <summary>A store and its settings, with BTCPay's defaults. Changes count for invoices made after them.</summary>
public sealed class Store
{
    public required string Id { get; init; }

    public string Name { get; set; } = "Store";

    public string DefaultCurrency { get; set; } = "USD";

    public SpeedPolicy SpeedPolicy { get; set; } = SpeedPolicy.MediumSpeed;

    public NetworkFeeMode NetworkFeeMode { get; set; } = NetworkFeeMode.MultiplePaymentsOnly;

    public int ExpirationSeconds { get; set; } = 900;

    public int MonitoringSeconds { get; set; } = 86_400;

    /// <summary>Percent of the price that may be missing.</summary>
    public decimal PaymentTolerance { get; set; }

    /// <summary>Script type of the on-chain wallet; null: none is set up.</summary>
    public AddressKind? OnChain { get; set; } = AddressKind.Segwit;

    /// <summary>A Lightning node is set up.</summary>
    public bool Lightning { get; set; } = true;

    /// <summary>The Lightning node answers.</summary>
    public bool LightningReachable { get; set; } = true;

    /// <summary>Units of a currency for one bitcoin, before the spread. A currency that is missing cannot be used.</summary>
    public Dictionary<string, decimal> Rates { get; } = new() { ["USD"] = 60_000m };

    /// <summary>Rates for currencies that <see cref="Rates"/> does not have.</summary>
    public Dictionary<string, decimal> FallbackRates { get; } = [];

    /// <summary>Percent by which the rate is lowered.</summary>
    public decimal Spread { get; set; }

    /// <summary>Satoshi per vbyte that the network fee is reckoned with.</summary>
    public decimal FeeRate { get; set; } = 100m;

    /// <summary>What the store's Lightning node paid to others, fees included.</summary>
    public long LightningSpentMillisats { get; internal set; }

    internal Dictionary<string, Invoice> Invoices { get; } = [];

    internal Dictionary<string, Webhook> Webhooks { get; } = [];

    internal Dictionary<string, PullPayment> PullPayments { get; } = [];

    internal Dictionary<string, LightningInvoice> LightningInvoices { get; } = [];

    internal int NextKeyIndex { get; set; } = 1;

    /// <summary>Units of the currency for one bitcoin, or null when no source has it. BTC and SATS need no source.</summary>
    internal decimal? RateOf(string currency) => currency switch
    {
        "BTC" => 1.0m,
        "SATS" => 100_000_000m,
        _ when Rates.TryGetValue(currency, out var rate) || FallbackRates.TryGetValue(currency, out rate) =>
            Spread == 0 ? rate : rate * (1 - (Spread / 100)),
        _ => null,
    };
}

namespace Datt.Paid.Payments.BtcPay;

/// <summary>What BTCPay answered to everything that <see cref="BtcPayCheck"/> looks at. Null: not asked, because what came before it failed.</summary>
public sealed record BtcPaySituation
{
    public required BtcPayOptions Options { get; init; }

    /// <summary>Currency of the price.</summary>
    public required string Currency { get; init; }

    /// <summary>Where BTCPay should send its deliveries; null while it is not known.</summary>
    public string? WebhookUrl { get; init; }

    /// <summary>The server sells passes over Lightning.</summary>
    public bool SellsPasses { get; init; }

    public required BtcPayAnswer<BtcPayServerInfo> Server { get; init; }

    /// <summary>Null where BTCPay told no time.</summary>
    public ClockComparison? Clock { get; init; }

    public BtcPayAnswer<BtcPayKey>? Key { get; init; }

    /// <summary>The key that may spend; null where none is set.</summary>
    public BtcPayAnswer<BtcPayKey>? SpendKey { get; init; }

    public BtcPayAnswer<BtcPayStore>? Store { get; init; }

    public BtcPayAnswer<List<BtcPayStoreMethod>>? Methods { get; init; }

    public BtcPayAnswer<List<BtcPayRate>>? Rate { get; init; }

    public BtcPayAnswer<List<BtcPayWebhook>>? Webhooks { get; init; }

    /// <summary>The webhook after it was made or repaired; the failure where neither could be done.</summary>
    public BtcPayAnswer<BtcPayWebhook>? Registered { get; init; }

    /// <summary>Its last deliveries before it was repaired, newest first.</summary>
    public BtcPayAnswer<List<BtcPayDelivery>>? Deliveries { get; init; }
}

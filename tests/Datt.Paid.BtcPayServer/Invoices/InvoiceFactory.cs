using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Invoices;

/// <summary>Makes invoices from checked requests: rate, rounding, methods, dust.</summary>
internal sealed class InvoiceFactory(IBitcoinChain chain, TimeProvider clock)
{
    private long _number;

    /// <returns>The invoice, or the text of BTCPay's 400 <c>generic-error</c>.</returns>
    public async Task<(Invoice? Invoice, string? Refusal)> CreateAsync(Store store, InvoiceRequest request, CancellationToken ct)
    {
        if (store.OnChain is null && !store.Lightning)
            return (null, "No wallet has been linked to your BTCPay Store. See the following link for more information on how to connect your store and wallet. (https://docs.btcpayserver.org/WalletSetup/)\n");
        var log = new StringBuilder("Error retrieving a matching payment method or rate.\n");
        var now = clock.GetUtcNow();
        var created = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var expires = created + (request.ExpirationMinutes is { } minutes ? TimeSpan.FromMinutes((double)minutes) : TimeSpan.FromSeconds(store.ExpirationSeconds));
        var currency = request.Currency ?? store.DefaultCurrency;
        var price = request.Amount is { } amount ? Amounts.Round(amount, currency) : (decimal?)null;
        if (store.RateOf(currency) is not { } rate)
        {
            log.Append("Unable to get rate BTC_").Append(currency).Append(".\n");
            return (null, log.ToString());
        }
        var wanted = request.Methods ?? [InvoiceMethod.LightningNetwork, InvoiceMethod.Chain];
        var invoice = new Invoice
        {
            Store = store,
            Number = Interlocked.Increment(ref _number),
            Price = price,
            IsTopUp = price is null,
            Currency = currency,
            Rate = rate,
            Created = created,
            Expires = expires,
            MonitoredUntil = expires + (request.MonitoringMinutes is { } monitoring
                ? TimeSpan.FromMinutes((double)monitoring) : TimeSpan.FromSeconds(store.MonitoringSeconds)),
            SpeedPolicy = request.SpeedPolicy ?? store.SpeedPolicy,
            Tolerance = request.Tolerance ?? store.PaymentTolerance,
            Metadata = (JsonObject)request.Metadata.DeepClone(),
            SearchTerms = request.SearchTerms,
            Checkout = Checkout(store, request, wanted),
        };
        if (wanted.Contains(InvoiceMethod.LightningNetwork) && store.Lightning)
            AddLightning(invoice, log);
        if (wanted.Contains(InvoiceMethod.Chain) && store.OnChain is { } kind)
            await AddChainAsync(invoice, kind, log, ct);
        return invoice.Methods.Count == 0 ? (null, log.ToString()) : (invoice, null);
    }

    private static void AddLightning(Invoice invoice, StringBuilder log)
    {
        if (!invoice.Store.LightningReachable)
            log.Append("BTC-LN: Payment method unavailable (Impossible to create lightning invoice (Connection refused))\n");
        else if (invoice.IsTopUp || invoice.TotalSats > 0)
        {
            invoice.Methods.Add(new InvoiceMethod
            {
                Id = InvoiceMethod.LightningNetwork,
                Bolt11 = new LightningInvoice(invoice.TotalSats * 1000, invoice.Expires) { Invoice = invoice },
            });
        }
    }

    private async Task AddChainAsync(Invoice invoice, AddressKind kind, StringBuilder log, CancellationToken ct)
    {
        var store = invoice.Store;
        var surcharge = store.NetworkFeeMode == NetworkFeeMode.Always ? (long)(store.FeeRate * 100) : 0;
        if (invoice.Price is > 0 && invoice.TotalSats + surcharge < RegtestAddress.DustLimit(kind))
        {
            log.Append("BTC-CHAIN: Payment method unavailable (Amount below the dust threshold. For amounts of this size, it is recommended to enable an off-chain (Lightning) payment method)\n");
            return;
        }
        invoice.Methods.Add(new InvoiceMethod
        {
            Id = InvoiceMethod.Chain,
            Address = await chain.NewAddressAsync(kind, ct),
            KeyIndex = store.NextKeyIndex++,
            FeeMode = store.NetworkFeeMode,
            FeeRate = store.FeeRate,
            NextFeeSats = surcharge,
        });
    }

    private static JsonObject Checkout(Store store, InvoiceRequest request, IReadOnlyList<string> wanted)
    {
        var asked = request.Checkout;
        var enabled = wanted.Where(id => id == InvoiceMethod.Chain ? store.OnChain is not null : store.Lightning);
        return new JsonObject
        {
            ["speedPolicy"] = (request.SpeedPolicy ?? store.SpeedPolicy).ToString(),
            ["paymentMethods"] = new JsonArray([.. enabled.Select(id => JsonValue.Create(id))]),
            ["defaultPaymentMethod"] = asked["defaultPaymentMethod"]?.DeepClone(),
            ["expirationMinutes"] = request.ExpirationMinutes ?? store.ExpirationSeconds / 60,
            ["monitoringMinutes"] = request.MonitoringMinutes ?? store.MonitoringSeconds / 60,
            ["paymentTolerance"] = request.Tolerance ?? store.PaymentTolerance,
            ["redirectURL"] = asked["redirectURL"]?.DeepClone(),
            ["redirectAutomatically"] = asked["redirectAutomatically"]?.DeepClone() ?? false,
            ["defaultLanguage"] = asked["defaultLanguage"]?.DeepClone(),
            ["lazyPaymentMethods"] = asked["lazyPaymentMethods"]?.DeepClone(),
        };
    }
}

using Datt.Paid.Pricing;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>
/// The store's ways to be paid and its rate, kept for a moment: anybody may ask for a quote, and BTCPay is not asked for each. A failure is
/// kept too, for a shorter moment, so that a BTCPay that is away costs buyers no waiting.
/// </summary>
public sealed class BtcPayTerms(BtcPayClient client) : IDisposable
{
    /// <summary>The strictest limit among script types: 294 sats P2WPKH, 330 P2TR, 540 P2SH-P2WPKH, 546 P2PKH.</summary>
    public const long Dust = 546;

    private static readonly TimeSpan KeepAnswer = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeepFailure = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile Kept? _kept;

    /// <exception cref="ProviderUnavailableException">BTCPay cannot be asked, or has no rate for the currency.</exception>
    public async Task<ProviderTerms> ReadAsync(string currency, DateTimeOffset now, CancellationToken ct)
    {
        if (Fresh(currency, now) is { } kept)
            return kept.Answer();
        await _asking.WaitAsync(ct);
        try
        {
            kept = Fresh(currency, now);
            return (kept ?? (_kept = await AskAsync(currency, now, ct))).Answer();
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    private Kept? Fresh(string currency, DateTimeOffset now) =>
        _kept is { } kept && kept.Currency == currency && now >= kept.At && now - kept.At < (kept.Terms is null ? KeepFailure : KeepAnswer) ? kept : null;

    private async Task<Kept> AskAsync(string currency, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            var methods = (await client.StoreMethodsAsync(ct)).OrThrow("the store's payment methods cannot be read");
            return new Kept(currency, now, new ProviderTerms([.. Methods(methods)], await RateAsync(currency, ct)), null);
        }
        catch (ProviderUnavailableException e)
        {
            return new Kept(currency, now, null, e);
        }
    }

    private async Task<decimal> RateAsync(string currency, CancellationToken ct)
    {
        if (currency == "BTC")
            return 1m;
        if (currency == "SATS")
            return Money.Scale;
        var rates = (await client.RateAsync(currency, ct)).OrThrow($"the rate of {currency} cannot be read");
        return rates.FirstOrDefault() is { Rate: > 0 and < 100_000_000_000m } rate
            ? rate.Rate.Value
            : throw new ProviderUnavailableException(
                $"BTCPay: the store has no rate for {currency}, the currency of Datt:Pricing:Currency. Choose a rate source for it under Store settings, Rates.");
    }

    private static IEnumerable<ProviderMethod> Methods(List<BtcPayStoreMethod> methods)
    {
        if (methods.Exists(m => m is { Enabled: true, PaymentMethodId: BtcPayInvoiceMethod.Lightning }))
            yield return new ProviderMethod(PaymentMethod.Lightning, 1);
        if (methods.Exists(m => m is { Enabled: true, PaymentMethodId: BtcPayInvoiceMethod.OnChain }))
            yield return new ProviderMethod(PaymentMethod.OnChain, Dust);
    }

    private sealed record Kept(string Currency, DateTimeOffset At, ProviderTerms? Terms, ProviderUnavailableException? Failure)
    {
        public ProviderTerms Answer() => Terms ?? throw new ProviderUnavailableException(Failure!.Message, Failure);
    }
}

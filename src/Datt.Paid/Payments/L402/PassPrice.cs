using Datt.Paid.Pricing;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.L402;

/// <param name="Rate">Currency units for one bitcoin when it was asked.</param>
/// <param name="Currency">Currency of the books.</param>
public sealed record PassOffer(long Sats, decimal Rate, string Currency);

/// <summary>What a pass costs now.</summary>
public sealed class PassPrice(PriceBook prices, PaymentProviders providers, IOptions<L402Options> options)
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <exception cref="ProviderUnavailableException">There is no rate now.</exception>
    public async Task<PassOffer> OfferAsync(DateTimeOffset now, CancellationToken ct)
    {
        var monthly = prices.At(now).Monthly;
        var provider = providers.Current ?? throw new ProviderUnavailableException("This server takes no payments.");
        var rate = (await provider.TermsAsync(monthly.Currency, now, ct)).Rate;
        return new PassOffer(SatsOf(monthly, rate, options.Value), rate, monthly.Currency);
    }

    /// <summary>The fixed price, or the share of a month's price, rounded up to whole satoshi.</summary>
    /// <param name="rate">Currency units for one bitcoin.</param>
    public static long SatsOf(Money monthly, decimal rate, L402Options options)
    {
        if (options.PriceSats > 0)
            return options.PriceSats;
        var share = monthly.Units * ((decimal)options.PassDuration.Ticks / Month.Ticks) / rate;
        return Math.Max(options.MinimumSats, (long)Math.Ceiling(share));
    }
}

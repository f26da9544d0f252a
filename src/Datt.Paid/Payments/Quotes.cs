using Datt.Paid.Pricing;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments;

/// <summary>What months would cost now and how they could be paid.</summary>
public sealed class Quotes(PriceBook prices, PaymentProviders providers, IOptions<PaymentsOptions> options)
{
    public const int MaximumMonths = 24;

    public async Task<QuoteOutcome> QuoteAsync(int months, DateTimeOffset now, CancellationToken ct)
    {
        if (months is < 1 or > MaximumMonths)
            return new QuoteOutcome.Invalid("months", $"Ask for 1 to {MaximumMonths} months.");
        var price = prices.At(now);
        var amount = price.Monthly * months;
        var validUntil = prices.CertainUntil(now);
        if (await TermsAsync(price.Monthly.Currency, now, ct) is not { } terms)
            return new QuoteOutcome.Quoted(new Quote(months, price.Monthly, amount, null, price.Coverage, [], null, validUntil));
        var choice = MethodChoice.For(amount, terms, options.Value.MinimumOnChainSats);
        return new QuoteOutcome.Quoted(new Quote(
            months, price.Monthly, choice.Amount, choice.Note, price.Coverage, choice.Methods, Cheapest(price.Monthly, terms), validUntil));
    }

    private QuotedBundle? Cheapest(Money monthly, ProviderTerms terms)
    {
        for (var months = 1; months <= MaximumMonths; months++)
        {
            var choice = MethodChoice.AsItIs(monthly * months, terms, options.Value.MinimumOnChainSats);
            if (choice.Working.Count > 0)
            {
                var reason = months == 1
                    ? $"A single month can be paid by {choice.Working[0]}."
                    : $"Fewer months are worth less than the {choice.Methods.Min(m => m.MinimumSats)} satoshi that {choice.Working[0]} needs.";
                return new QuotedBundle(months, choice.Amount, reason);
            }
        }
        return null;
    }

    private async Task<ProviderTerms?> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            return providers.Current is { } provider ? await provider.TermsAsync(currency, now, ct) : null;
        }
        catch (ProviderUnavailableException)
        {
            return null;
        }
    }
}

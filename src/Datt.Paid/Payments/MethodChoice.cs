using Datt.Paid.Pricing;

namespace Datt.Paid.Payments;

/// <summary>
/// Which ways work for an amount, and what is asked for where none does. Lightning has no floor that matters; on-chain has: the
/// provider's dust limit, and below it in practice the payer's fee.
/// </summary>
/// <param name="Amount">What to ask for.</param>
/// <param name="Methods">Every way the provider has, and whether it works for this amount.</param>
/// <param name="Note">Why more than the wanted amount is asked for.</param>
internal sealed record MethodChoice(Money Amount, IReadOnlyList<QuotedMethod> Methods, string? Note)
{
    public IReadOnlyList<PaymentMethod> Working => [.. Methods.Where(m => m.Works).Select(m => m.Method)];

    /// <summary>Chooses for an amount; raises it to the lowest minimum where no way works for it as it is.</summary>
    public static MethodChoice For(Money wanted, ProviderTerms terms, long minimumOnChainSats)
    {
        var choice = AsItIs(wanted, terms, minimumOnChainSats);
        if (choice.Methods.Count == 0 || choice.Working.Count > 0)
            return choice;
        var minimum = choice.Methods.Min(m => m.MinimumSats);
        var raised = RoundUp(minimum * terms.Rate / Money.Scale, wanted.Currency);
        return AsItIs(raised, terms, minimumOnChainSats) with
        {
            Note = $"At least {minimum} satoshi are asked for this way of paying; what is left becomes balance.",
        };
    }

    public static MethodChoice AsItIs(Money amount, ProviderTerms terms, long minimumOnChainSats)
    {
        var sats = Sats(amount, terms.Rate);
        var methods = terms.Methods.Select(m =>
        {
            var minimum = Math.Max(1, m.Method == PaymentMethod.OnChain ? Math.Max(minimumOnChainSats, m.MinimumSats) : m.MinimumSats);
            var works = sats >= minimum;
            return new QuotedMethod(m.Method, minimum, sats, works, works ? null : $"needs at least {minimum} satoshi, this is {sats}");
        });
        return new MethodChoice(amount, [.. methods], null);
    }

    /// <summary>Satoshi for an amount, rounded up so that they are worth no less.</summary>
    public static long Sats(Money amount, decimal rate) => checked((long)Math.Ceiling(amount.Units / rate));

    private static Money RoundUp(decimal amount, string currency)
    {
        var unit = 1m;
        for (var i = 0; i < Currencies.Decimals(currency); i++)
            unit /= 10;
        return Money.Of(Math.Ceiling(amount / unit) * unit, currency);
    }
}

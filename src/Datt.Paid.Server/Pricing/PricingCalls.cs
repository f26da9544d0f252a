using Datt.Paid.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Pricing;

/// <summary>An amount as a decimal string and its currency.</summary>
public sealed record MoneyAnswer(string Amount, string Currency)
{
    /// <summary>At the currency's minor unit.</summary>
    public static MoneyAnswer Price(Money money) => new(money.ToPriceString(), money.Currency);

    /// <summary>With as many decimals as it has.</summary>
    public static MoneyAnswer Balance(Money money) => new(money.ToBalanceString(), money.Currency);
}

/// <summary>What the index covers of the network, in live records; the ratio is from 0 to 1.</summary>
public sealed record CoverageAnswer(long Records, long Origins, long NetworkRecords, decimal Ratio)
{
    public static CoverageAnswer Of(Coverage coverage) =>
        new(coverage.Records, coverage.Origins, coverage.NetworkRecords, decimal.Round(coverage.Ratio, 6));
}

/// <summary>A step of the price table.</summary>
public sealed record TierAnswer(long? UpToRecords, string Amount);

/// <summary>A price that was or will be in force.</summary>
public sealed record PriceAnswer(MoneyAnswer Monthly, string Model, CoverageAnswer Coverage, DateTimeOffset PublishedAt, DateTimeOffset EffectiveFrom);

/// <summary>How the price of a month comes about, what it is, and what it was.</summary>
public sealed record PricingAnswer(
    string Model, string Currency, string Base, string PerMillionRecords, string Minimum, string Maximum, IReadOnlyList<TierAnswer> Tiers,
    MoneyAnswer Monthly, CoverageAnswer Coverage, DateTimeOffset EffectiveFrom, IReadOnlyList<PriceAnswer> History);

/// <summary>Calls about the price.</summary>
public static class PricingCalls
{
    public static void MapPricing(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/pricing", Show)
        .WithTags("Server").WithName("getPricing").WithSummary("The price of a month, how it is computed, and its history.");

    private static Ok<PricingAnswer> Show(PriceBook prices, CoverageMeter coverage, TimeProvider time)
    {
        var options = prices.Options;
        var current = prices.At(time.GetUtcNow());
        return TypedResults.Ok(new PricingAnswer(
            options.Model.ToString(), options.Currency, Text(options.Base), Text(options.PerMillionRecords), Text(options.Minimum),
            Text(options.Maximum), [.. options.Tiers.Select(tier => new TierAnswer(tier.UpToRecords, Text(tier.Amount)))],
            MoneyAnswer.Price(current.Monthly), CoverageAnswer.Of(coverage.Now), current.EffectiveFrom, [.. prices.History.Select(Answer)]));
    }

    private static PriceAnswer Answer(Price price) => new(
        MoneyAnswer.Price(price.Monthly), price.Model.ToString(), CoverageAnswer.Of(price.Coverage), price.PublishedAt, price.EffectiveFrom);

    private static string Text(decimal amount) => amount.ToString("0.00######", System.Globalization.CultureInfo.InvariantCulture);
}
